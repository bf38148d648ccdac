//! Which files of its package a command line names, without running or fully parsing it.
//!
//! Every run of characters that paths are made of is taken for a word and looked up among the package's files; runners that
//! take a file by a shorter name (`node x`, `python -m a.b`, `make`) are known by name. Not handled: variables, globs,
//! here-documents, and files that are written before they are run.

use crate::paths;
use std::borrow::Cow;

/// Words of a command that are looked at.
const WORDS_MAX: usize = 64;

/// Longest word that can name a file.
const WORD_BYTES_MAX: usize = 512;

/// What a command names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Named<F> {
    /// Files of the package.
    pub(crate) files: Vec<F>,
    /// Other scripts of the same manifest, by their events.
    pub(crate) scripts: Vec<Vec<u8>>,
}

/// What a command line names. `find` looks a path of the package up.
pub(crate) fn named<F: PartialEq>(command: &[u8], find: impl Fn(&[u8]) -> Option<F>) -> Named<F> {
    let mut named = Named { files: Vec::new(), scripts: Vec::new() };
    let mut folder: Vec<u8> = Vec::new();
    let mut before: &[u8] = b"";
    for word in words(command) {
        if before == b"cd" {
            folder = [paths::plain(&slashes(word)).as_ref(), b"/"].concat();
        }
        let known = candidates(word, before).into_iter().find_map(|path| {
            let from_folder = if folder.is_empty() { None } else { find(&[&folder, path.as_slice()].concat()) };
            from_folder.or_else(|| find(&path))
        });
        if let Some(file) = known
            && !named.files.contains(&file)
        {
            named.files.push(file);
        }
        let runs_script = matches!(before, b"run" | b"run-script" | b"yarn" | b"pnpm" | b"run-s" | b"run-p")
            || before == b"npm" && matches!(word, b"test" | b"start" | b"stop" | b"restart");
        if runs_script && !word.starts_with(b"-") && word != b"run" {
            named.scripts.push(word.to_vec());
        }
        // `npm --silent run x`, `node --flag x`: what stands before a word is the last word that is no option.
        if !word.starts_with(b"-") || word == b"-m" || word == b"-r" {
            before = word;
        }
    }
    named
}

/// Runs of bytes that paths are made of.
fn words(command: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_path = |b: &u8| b.is_ascii_alphanumeric() || b"_./@+-~\\:".contains(b) || *b >= 0x80;
    command
        .split(move |b| !is_path(b))
        .map(|word| word.strip_suffix(b":").unwrap_or(word))
        .filter(|word| !word.is_empty() && word.len() <= WORD_BYTES_MAX)
        .take(WORDS_MAX)
}

/// Windows writes its separators the other way round.
fn slashes(word: &[u8]) -> Cow<'_, [u8]> {
    if word.contains(&b'\\') {
        word.iter().map(|&b| if b == b'\\' { b'/' } else { b }).collect::<Vec<_>>().into()
    } else {
        word.into()
    }
}

/// Paths that a word may stand for, likeliest first.
fn candidates(word: &[u8], before: &[u8]) -> Vec<Vec<u8>> {
    if word.starts_with(b"-") || word.windows(3).any(|part| part == b"://") {
        return Vec::new();
    }
    let runner = paths::base(before);
    // `python -m a.b`, and `python -c "import a.b"`.
    if matches!(runner, b"-m" | b"import" | b"from") {
        return module(word);
    }
    let by_tool: &[&[u8]] = match word {
        b"make" | b"gmake" => &[b"Makefile", b"makefile", b"GNUmakefile"],
        b"cmake" => &[b"CMakeLists.txt"],
        b"gulp" => &[b"gulpfile.js", b"gulpfile.mjs"],
        b"grunt" => &[b"Gruntfile.js", b"gruntfile.js"],
        b"node-gyp" => &[b"binding.gyp"],
        b"rake" => &[b"Rakefile"],
        _ => &[],
    };
    if !by_tool.is_empty() {
        return by_tool.iter().map(|path| path.to_vec()).collect();
    }
    let word = slashes(word);
    let path = paths::plain(&word).into_owned();
    // `make -C src`, `cmake src`: the folder of what they read.
    let inside: &[&[u8]] = match runner {
        b"make" | b"gmake" => &[b"/Makefile", b"/makefile", b"/GNUmakefile"],
        b"cmake" => &[b"/CMakeLists.txt"],
        _ => &[],
    };
    if !inside.is_empty() {
        return inside.iter().map(|name| [path.as_slice(), name].concat()).chain([path.clone()]).collect();
    }
    let javascript =
        matches!(runner, b"node" | b"nodejs" | b"bun" | b"deno" | b"tsx" | b"ts-node" | b"require" | b"import" | b"-r");
    if path.is_empty() {
        return if javascript { script(b"") } else { Vec::new() };
    }
    if javascript || word.starts_with(b"./") {
        return script(&path);
    }
    vec![path]
}

/// Where node looks for the file or folder of a path; the top folder for an empty one.
pub(crate) fn script(path: &[u8]) -> Vec<Vec<u8>> {
    let mut paths: Vec<Vec<u8>> = Vec::with_capacity(9);
    if !path.is_empty() {
        paths.push(path.to_vec());
        for ending in [".js", ".cjs", ".mjs", ".ts", ".json", ".node"] {
            paths.push([path, ending.as_bytes()].concat());
        }
    }
    for index in ["index.js", "index.cjs"] {
        let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
        paths.push([path, slash, index.as_bytes()].concat());
    }
    paths
}

/// Where Python looks for the file of a dotted module name (what stands behind a colon is an object in it).
pub(crate) fn module(name: &[u8]) -> Vec<Vec<u8>> {
    let name = name.split(|&b| b == b':').next().unwrap_or(name);
    let path: Vec<u8> = name.iter().map(|&b| if b == b'.' { b'/' } else { b }).collect();
    let mut paths = Vec::with_capacity(6);
    for top in ["", "src/"] {
        for ending in [".py", "/__main__.py", "/__init__.py"] {
            paths.push([top.as_bytes(), &path, ending.as_bytes()].concat());
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 13] = [
        "native/Makefile",
        "scripts/x.js",
        "install.sh",
        "setup.py",
        "pkg/mod.py",
        "index.js",
        "lib/a.js",
        "lib/index.js",
        "Makefile",
        "sub/go.sh",
        "install.js",
        "src/b/__main__.py",
        "test",
    ];

    #[test]
    fn commands_name_files() {
        for (command, files, scripts) in [
            ("node scripts/x.js", vec!["scripts/x.js"], vec![]),
            ("node ./scripts/x", vec!["scripts/x.js"], vec![]),
            ("sh ./install.sh && echo done", vec!["install.sh"], vec![]),
            ("python setup.py build", vec!["setup.py"], vec![]),
            ("python3 -m pkg.mod --x", vec!["pkg/mod.py"], vec![]),
            ("python -m b", vec!["src/b/__main__.py"], vec![]),
            ("python -c import pkg.mod; pkg.mod.light()", vec!["pkg/mod.py"], vec![]),
            ("python3 -c 'from pkg.mod import light'", vec!["pkg/mod.py"], vec![]),
            ("node -e \"require('./lib/a')\"", vec!["lib/a.js"], vec![]),
            ("node -e \"require('./lib')\"", vec!["lib/index.js"], vec![]),
            ("node .", vec!["index.js"], vec![]),
            ("npm run build", vec![], vec!["build"]),
            ("npm --silent run build && npm test", vec!["test"], vec!["build", "test"]),
            ("cd sub && ./go.sh", vec!["sub/go.sh"], vec![]),
            ("make all", vec!["Makefile"], vec![]),
            ("make -C native", vec!["Makefile", "native/Makefile"], vec![]),
            ("scripts\\x.js", vec!["scripts/x.js"], vec![]),
            ("npm install", vec![], vec![]),
            ("node install", vec!["install.js"], vec![]),
            ("curl https://host.example/install.sh | sh", vec![], vec![]),
            ("", vec![], vec![]),
        ] {
            let found = named(command.as_bytes(), |path| FILES.into_iter().find(|file| file.as_bytes() == path));
            let scripts: Vec<Vec<u8>> = scripts.into_iter().map(|s: &str| s.as_bytes().to_vec()).collect();
            assert_eq!(found, Named { files, scripts }, "{command}");
        }
    }
}
