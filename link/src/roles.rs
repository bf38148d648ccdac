//! File names that say what a file is for and when it first runs.
//!
//! The first rule that fits decides:
//! 1. what a package manager, build tool, editor or interpreter runs by its name (the tables of [`by_name`]);
//! 2. manifests and the files that package managers keep beside them;
//! 3. files in folders for tests or examples, or with names that test runners look for;
//! 4. documentation: its folders, names and formats;
//! 5. the group of the format: code and binaries are code, all else is data.
//!
//! A role changes how sure a finding is, never whether it is seen. What a manifest's commands name runs when they do,
//! whatever its folder: that is decided in `phases`.

use crate::paths;
use doorward_model::{Phase, Role};

/// What a file's name says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Named {
    /// What it is for.
    pub(crate) role: Role,
    /// When it first runs.
    pub(crate) phase: Phase,
    /// How it comes to run by itself; empty where it does not.
    pub(crate) event: &'static str,
}

/// The unit that a file stands in, as far as its role depends on it.
#[derive(Clone, Copy)]
pub(crate) struct Around<'u> {
    /// The unit's ecosystem.
    pub(crate) ecosystem: &'u str,
    /// Whether the unit stands in another one's tests.
    pub(crate) test: bool,
    /// Whether it is a wheel or installed.
    pub(crate) installed: bool,
}

/// What the name of a file of this group says.
pub(crate) fn of(path: &[u8], group: &str, around: Around<'_>) -> Named {
    let (folder, base) = (paths::folder(path), paths::base(path));
    let plain = |role, phase| Named { role, phase, event: "" };
    if around.test {
        return plain(Role::Test, Phase::Test);
    }
    if let Some(named) = by_name(folder, base, around) {
        return named;
    }
    if is_manifest(folder, base) {
        return plain(Role::Manifest, Phase::Run);
    }
    if in_tests(folder) || is_test_name(base) {
        return plain(Role::Test, Phase::Test);
    }
    if is_doc(folder, base, group) {
        return plain(Role::Doc, Phase::Run);
    }
    match group {
        "code" | "binary" => plain(Role::Code, Phase::Run),
        _ => plain(Role::Data, Phase::Run),
    }
}

/// Files that something runs by their name.
fn by_name(folder: &[u8], base: &[u8], around: Around<'_>) -> Option<Named> {
    let some = |role, phase, event| Some(Named { role, phase, event });
    let top = folder.is_empty();
    if folder == b"DEBIAN/" && matches!(base, b"preinst" | b"postinst" | b"prerm" | b"postrm" | b"config") {
        return some(Role::Build, Phase::Install, "maintainer-script");
    }
    if around.ecosystem == "deb" && top && matches!(base, b"preinst" | b"postinst" | b"prerm" | b"postrm") {
        return some(Role::Build, Phase::Install, "maintainer-script");
    }
    match base {
        b"setup.py" if top && !around.installed => some(Role::Build, Phase::Install, "build-script"),
        b"__init__.py" if !in_tests(folder) => some(Role::Code, Phase::Import, ""),
        b"sitecustomize.py" | b"usercustomize.py" => some(Role::Code, Phase::Import, "interpreter-start"),
        b"conftest.py" => some(Role::Build, Phase::Open, "test-configuration"),
        b".pnpmfile.cjs" | b".pnpmfile.mjs" | b"pnpmfile.js" if top => some(Role::Build, Phase::Open, "package-manager"),
        b".mocharc.js" | b".mocharc.cjs" | b"jest.config.js" | b"jest.config.cjs" | b"jest.config.mjs" | b"jest.config.ts"
            if top =>
        {
            some(Role::Build, Phase::Open, "test-configuration")
        }
        b"build.rs" if top => some(Role::Build, Phase::Build, "build-script"),
        b"extconf.rb" if around.ecosystem == "gem" => some(Role::Build, Phase::Install, "extension"),
        b".envrc" => some(Role::Build, Phase::Open, "shell-directory"),
        b"tasks.json" if folder.ends_with(b".vscode/") => some(Role::Build, Phase::Open, "editor"),
        b"devcontainer.json" | b".devcontainer.json" => some(Role::Build, Phase::Open, "editor"),
        b".exrc" | b".vimrc" | b".nvimrc" | b".nvim.lua" | b".dir-locals.el" => some(Role::Build, Phase::Open, "editor"),
        b"config" if folder.ends_with(b".git/") => some(Role::Build, Phase::Open, "git"),
        b"install.ps1" | b"init.ps1" | b"uninstall.ps1" if folder.ends_with(b"tools/") && around.ecosystem == "nuget" => {
            some(Role::Build, Phase::Install, "package-script")
        }
        name if is_git_hook(folder, name) => some(Role::Build, Phase::Open, "git-hook"),
        name if is_build_file(folder, name) => some(Role::Build, Phase::Build, ""),
        name => match paths::extension(name).as_slice() {
            b"pth" => some(Role::Code, Phase::Import, "interpreter-start"),
            b"preinst" | b"postinst" | b"prerm" | b"postrm" => some(Role::Build, Phase::Install, "maintainer-script"),
            _ => None,
        },
    }
}

/// Hooks that git runs; the samples that it ships are not run.
fn is_git_hook(folder: &[u8], base: &[u8]) -> bool {
    let hooks: [&[u8]; 3] = [b".git/hooks/", b".githooks/", b".husky/"];
    hooks.iter().any(|hooks| folder.ends_with(hooks)) && !base.ends_with(b".sample") && base != b".gitignore"
}

/// Files of build tools.
fn is_build_file(folder: &[u8], base: &[u8]) -> bool {
    const NAMES: [&[u8]; 29] = [
        b"configure",
        b"configure.ac",
        b"configure.in",
        b"Makefile",
        b"makefile",
        b"GNUmakefile",
        b"Makefile.am",
        b"Makefile.in",
        b"CMakeLists.txt",
        b"meson.build",
        b"SConstruct",
        b"SConscript",
        b"wscript",
        b"waf",
        b"extconf.rb",
        b"Rakefile",
        b"binding.gyp",
        b"autogen.sh",
        b"bootstrap.sh",
        b"build.gradle",
        b"build.gradle.kts",
        b"settings.gradle",
        b"gradlew",
        b"mvnw",
        b"build.xml",
        b"build.zig",
        b"Dockerfile",
        b"PKGBUILD",
        b"APKBUILD",
    ];
    NAMES.contains(&base)
        || base == b"rules" && folder.ends_with(b"debian/")
        || base == b"config.toml" && folder.ends_with(b".cargo/")
        || matches!(
            paths::extension(base).as_slice(),
            b"m4" | b"mk" | b"cmake" | b"gyp" | b"gypi" | b"targets" | b"props" | b"csproj"
        )
}

/// Manifests, lock files and what package managers keep beside them.
fn is_manifest(folder: &[u8], base: &[u8]) -> bool {
    const NAMES: [&[u8]; 25] = [
        b"PKG-INFO",
        b"package.json",
        b"package-lock.json",
        b"npm-shrinkwrap.json",
        b"yarn.lock",
        b"pnpm-lock.yaml",
        b"Cargo.toml",
        b"Cargo.toml.orig",
        b"Cargo.lock",
        b".cargo_vcs_info.json",
        b"pyproject.toml",
        b"setup.cfg",
        b"MANIFEST.in",
        b"composer.json",
        b"composer.lock",
        b"go.mod",
        b"go.sum",
        b"Gemfile",
        b"Gemfile.lock",
        b"pom.xml",
        b"requirements.txt",
        b"Pipfile",
        b"extension.vsixmanifest",
        b"checksums.yaml.gz",
        b"debian-binary",
    ];
    const FOLDERS: [&[u8]; 5] = [b".dist-info/", b".egg-info/", b"EGG-INFO/", b"DEBIAN/", b"META-INF/"];
    NAMES.contains(&base)
        || folder.is_empty() && matches!(base, b"metadata.gz" | b"metadata" | b"control" | b"manifest.json")
        || base == b"control" && folder.ends_with(b"debian/")
        || base.ends_with(b".gemspec")
        || base.ends_with(b".nuspec")
        || base == b"pom.properties" && folder.windows(15).any(|part| part == b"META-INF/maven/")
        || FOLDERS.iter().any(|ending| folder.ends_with(ending)) && paths::extension(base).as_slice() != b"class"
}

/// Whether a folder is, or lies in, one for tests or examples.
pub(crate) fn in_tests(folder: &[u8]) -> bool {
    const NAMES: [&[u8]; 22] = [
        b"t",
        b"test",
        b"tests",
        b"testing",
        b"testdata",
        b"__tests__",
        b"__mocks__",
        b"spec",
        b"specs",
        b"e2e",
        b"fixture",
        b"fixtures",
        b"example",
        b"examples",
        b"sample",
        b"samples",
        b"demo",
        b"demos",
        b"bench",
        b"benches",
        b"benchmark",
        b"benchmarks",
    ];
    // Names longer than the longest of the table are passed over without being lowered.
    let is_one = |part: &[u8]| part.len() <= 10 && NAMES.iter().any(|name| part.eq_ignore_ascii_case(name));
    folder.split(|&b| b == b'/').take(64).any(is_one)
}

/// Names that test runners look for.
fn is_test_name(base: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 5] = [b"_test.py", b"_test.go", b"_test.rs", b"_spec.rb", b"Test.java"];
    const MIDDLES: [&[u8]; 2] = [b".test.", b".spec."];
    base.starts_with(b"test_") && base.ends_with(b".py")
        || ENDINGS.iter().any(|ending| base.ends_with(ending))
        || MIDDLES.iter().any(|middle| base.windows(6).any(|part| part == *middle))
}

/// Documentation, by folder, name or format.
fn is_doc(folder: &[u8], base: &[u8], group: &str) -> bool {
    const FOLDERS: [&[u8]; 6] = [b"doc", b"docs", b"documentation", b"man", b"javadoc", b"info"];
    const STARTS: [&[u8]; 9] =
        [b"readme", b"changelog", b"changes", b"history", b"license", b"licence", b"copying", b"notice", b"authors"];
    let starts = |start: &[u8]| base.len() >= start.len() && base[..start.len()].eq_ignore_ascii_case(start);
    if matches!(group, "code" | "binary") {
        return folder.split(|&b| b == b'/').take(2).any(|part| FOLDERS[..3].contains(&part));
    }
    STARTS.iter().any(|start| starts(start))
        || matches!(paths::extension(base).as_slice(), b"md" | b"rst" | b"adoc" | b"1" | b"3" | b"5" | b"8")
        || folder.split(|&b| b == b'/').take(64).any(|part| FOLDERS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_files_are_for() {
        use Phase::{Build as AtBuild, Import, Install, Open, Run, Test as AtTest};
        use Role::{Build, Code, Data, Doc, Manifest, Test};
        for (path, group, ecosystem, role, phase) in [
            ("setup.py", "code", "pypi", Build, Install),
            ("sub/setup.py", "code", "pypi", Code, Run),
            ("pkg/__init__.py", "code", "pypi", Code, Import),
            ("tests/__init__.py", "code", "pypi", Test, AtTest),
            ("evil.pth", "text", "pypi", Code, Import),
            ("conftest.py", "code", "pypi", Build, Open),
            ("tests/test_x.py", "code", "pypi", Test, AtTest),
            ("src/x.test.js", "code", "npm", Test, AtTest),
            ("latest/x.js", "code", "npm", Code, Run),
            ("build.rs", "code", "crates", Build, AtBuild),
            ("src/build.rs", "code", "crates", Code, Run),
            ("m4/evil.m4", "text", "", Build, AtBuild),
            ("configure", "code", "", Build, AtBuild),
            ("ext/x/extconf.rb", "code", "gem", Build, Install),
            ("ext/x/extconf.rb", "code", "", Build, AtBuild),
            ("DEBIAN/postinst", "code", "deb", Build, Install),
            ("DEBIAN/control", "text", "deb", Manifest, Run),
            ("usr/bin/x", "binary", "deb", Code, Run),
            ("usr/share/doc/x/changelog.gz", "archive", "deb", Doc, Run),
            (".vscode/tasks.json", "data", "", Build, Open),
            (".git/hooks/post-checkout", "code", "", Build, Open),
            (".git/hooks/post-checkout.sample", "code", "", Code, Run),
            (".envrc", "code", "", Build, Open),
            ("docs/conf.py", "code", "pypi", Doc, Run),
            ("README.md", "text", "npm", Doc, Run),
            ("package.json", "data", "npm", Manifest, Run),
            ("foo-1.dist-info/RECORD", "text", "pypi", Manifest, Run),
            ("logo.png", "image", "npm", Data, Run),
        ] {
            let named = of(path.as_bytes(), group, Around { ecosystem, test: false, installed: false });
            assert_eq!((named.role, named.phase), (role, phase), "{path} {ecosystem}");
        }
    }

    #[test]
    fn packages_among_tests_run_when_tests_do() {
        let named = of(b"setup.py", "code", Around { ecosystem: "pypi", test: true, installed: false });
        assert_eq!((named.role, named.phase), (Role::Test, Phase::Test));
        let named = of(b"setup.py", "code", Around { ecosystem: "pypi", test: false, installed: true });
        assert_eq!((named.role, named.phase), (Role::Code, Phase::Run));
    }
}
