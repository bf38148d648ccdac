//! What of a member's name may decide how its bytes are read.

use doorward_model::Hint;

/// Most bytes of a hint.
const HINT_BYTES_MAX: usize = 32;

/// Base names that say more than their extension, in lower case and sorted. Manifests, build and install scripts, and files that
/// tools run or read by their name.
static WELL_KNOWN: &[&str] = &[
    ".bash_profile",
    ".bashrc",
    ".gitattributes",
    ".gitignore",
    ".gitmodules",
    ".npmrc",
    ".profile",
    ".pypirc",
    ".zshrc",
    "__init__.py",
    "__main__.py",
    "action.yml",
    "androidmanifest.xml",
    "binding.gyp",
    "build.gradle",
    "build.rs",
    "cargo.lock",
    "cargo.toml",
    "cargo.toml.orig",
    "changelog",
    "cmakelists.txt",
    "composer.json",
    "config.guess",
    "config.sub",
    "configure",
    "configure.ac",
    "configure.in",
    "conftest.py",
    "containerfile",
    "control",
    "copying",
    "debian-binary",
    "dockerfile",
    "entry_points.txt",
    "extconf.rb",
    "extension.vsixmanifest",
    "gemfile",
    "gnumakefile",
    "go.mod",
    "go.sum",
    "gruntfile.js",
    "gulpfile.js",
    "install",
    "install.js",
    "install.ps1",
    "install.sh",
    "jenkinsfile",
    "justfile",
    "launch.json",
    "license",
    "makefile",
    "makefile.am",
    "makefile.in",
    "manifest.in",
    "manifest.json",
    "manifest.mf",
    "md5sums",
    "meson.build",
    "metadata",
    "metadata.json",
    "notice",
    "package-lock.json",
    "package.json",
    "pkg-info",
    "plugin.xml",
    "pom.properties",
    "pom.xml",
    "postinst",
    "postinstall.js",
    "postrm",
    "preinst",
    "preinstall.js",
    "prerm",
    "pyproject.toml",
    "rakefile",
    "readme",
    "record",
    "requirements.txt",
    "rules",
    "setup.cfg",
    "setup.py",
    "sitecustomize.py",
    "tasks.json",
    "top_level.txt",
    "tox.ini",
    "triggers",
    "usercustomize.py",
    "vagrantfile",
    "wheel",
    "yarn.lock",
];

/// The hint of a name: its whole base name where that is well known, else its extension, else nothing; in lower case.
pub(crate) fn hint(name: &[u8]) -> Hint {
    let base = name.rsplit(|byte| matches!(byte, b'/' | b'\\')).find(|part| !part.is_empty()).unwrap_or_default();
    if base.len() <= HINT_BYTES_MAX {
        let lower = base.to_ascii_lowercase();
        if let Ok(known) = WELL_KNOWN.binary_search_by(|known| known.as_bytes().cmp(&lower)) {
            return Hint(WELL_KNOWN.get(known).copied().unwrap_or_default().into());
        }
    }
    let dot = memchr::memrchr(b'.', base).filter(|dot| *dot > 0);
    let extension = dot.and_then(|dot| base.get(dot.saturating_add(1)..)).unwrap_or_default();
    let plain = extension.len() <= HINT_BYTES_MAX && extension.iter().all(|byte| matches!(byte, b'!'..=b'~'));
    match std::str::from_utf8(extension) {
        Ok(extension) if plain => Hint(extension.to_ascii_lowercase().into()),
        _ => Hint::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_hints() {
        for (name, expected) in [
            ("a/b/setup.py", "setup.py"),
            ("pkg-1.0/PKG-INFO", "pkg-info"),
            ("x/Dockerfile", "dockerfile"),
            ("x/other.PY", "py"),
            ("lib.tar.gz", "gz"),
            (".hidden", ""),
            (".bashrc", ".bashrc"),
            ("dir/", ""),
            ("dir.d/", "d"),
            ("noext", ""),
            ("dot.", ""),
            ("", ""),
            ("a\\b\\build.rs", "build.rs"),
            ("a.\u{202e}gpj", ""),
            ("a.thisextensionislongerthananythingknown", ""),
        ] {
            assert_eq!(&*hint(name.as_bytes()).0, expected, "{name}");
        }
        assert_eq!(&*hint(b"\xff\xfe.so").0, "so");
    }

    #[test]
    fn well_known_names_are_sorted_and_short() {
        assert!(WELL_KNOWN.is_sorted());
        assert!(WELL_KNOWN.iter().all(|name| name.len() <= HINT_BYTES_MAX && *name == name.to_lowercase()));
    }
}
