//! Manifest names: which file claims that a folder is a package.

use crate::paths;
use doorward_model::{Content, Fact, vocabulary::PACKAGE};

/// A file that says that a folder is a package.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Claim {
    /// How many bytes of the file's path are the package's folder.
    pub(crate) folder: usize,
    /// The ecosystem, where the manifest itself says none.
    pub(crate) ecosystem: &'static str,
    /// Which manifest of a folder names the package: the lowest.
    pub(crate) rank: u8,
    /// How many bytes of the path are the folder of this installed distribution's metadata (`x.dist-info/`), else 0.
    pub(crate) metadata: usize,
}

/// The claim that a file of this path makes.
pub(crate) fn claim(path: &[u8]) -> Option<Claim> {
    let (folder, base) = (paths::folder(path), paths::base(path));
    let own = |ecosystem, rank| Some(Claim { folder: folder.len(), ecosystem, rank, metadata: 0 });
    let above = |ecosystem, rank| Some(Claim { folder: paths::above(folder).len(), ecosystem, rank, metadata: 0 });
    match base {
        b"PKG-INFO" if folder.ends_with(b".egg-info/") => distribution(folder, 2),
        b"PKG-INFO" if folder.ends_with(b"EGG-INFO/") => above("pypi", 0),
        b"PKG-INFO" => own("pypi", 1),
        b"METADATA" if folder.ends_with(b".dist-info/") => distribution(folder, 0),
        b"pyproject.toml" => own("pypi", 3),
        b"setup.cfg" => own("pypi", 4),
        b"setup.py" => own("pypi", 40),
        b"package.json" => own("npm", 10),
        b"index.js" => own("npm", 50),
        b"Cargo.toml" => own("crates", 11),
        b"control" if folder.ends_with(b"DEBIAN/") => above("deb", 0),
        b"control" if folder.ends_with(b"debian/") => above("deb", 20),
        b"control" if folder.is_empty() => own("deb", 0),
        b"preinst" | b"postinst" | b"prerm" | b"postrm" if folder.ends_with(b"DEBIAN/") => above("deb", 41),
        b"preinst" | b"postinst" | b"prerm" | b"postrm" => own("deb", 41),
        b"metadata.gz" | b"metadata" if folder.is_empty() => own("gem", 0),
        b"MANIFEST.MF" if folder.ends_with(b"META-INF/") => above("maven", 14),
        b"pom.properties" | b"pom.xml" if inside_jar(folder).is_some() => {
            let rank = if base == b"pom.properties" { 12 } else { 13 };
            inside_jar(folder).map(|folder| Claim { folder, ecosystem: "maven", rank, metadata: 0 })
        }
        b"pom.xml" => own("maven", 13),
        b"manifest.json" => own("chrome", 15),
        b"composer.json" => own("composer", 16),
        b"go.mod" => own("go", 17),
        name if name.ends_with(b".nuspec") => own("nuget", 0),
        name if name.ends_with(b".gemspec") => own("gem", 12),
        _ => None,
    }
}

/// A distribution's metadata folder stands beside what it describes.
fn distribution(folder: &[u8], rank: u8) -> Option<Claim> {
    Some(Claim { folder: paths::above(folder).len(), ecosystem: "pypi", rank, metadata: folder.len() })
}

/// The folder of the jar's root, where a POM stands in `META-INF/maven/GROUP/ARTIFACT/`.
fn inside_jar(folder: &[u8]) -> Option<usize> {
    let maven = paths::above(paths::above(folder));
    maven.ends_with(b"META-INF/maven/").then(|| paths::above(paths::above(maven)).len())
}

/// Claims that need no name inside: a folder with a lone one of these is a package where nothing around it is one.
/// A JSON file that is merely called `manifest.json` is not.
pub(crate) fn counts_alone(claim: &Claim) -> bool {
    claim.ecosystem != "chrome" && !(claim.ecosystem == "gem" && claim.rank == 0)
}

/// For each content the first fact that names a package.
pub(crate) fn names(contents: &[Content]) -> Vec<Option<&Fact>> {
    let named = |fact: &&Fact| *fact.kind == PACKAGE && fact.text("name").is_some_and(|name| !name.is_empty());
    contents.iter().map(|content| content.facts.iter().find(named)).collect()
}

/// Whether a fact that names a package is of the ecosystem of the claim.
pub(crate) fn fits(claim: &Claim, says: &Fact) -> bool {
    let ecosystem = says.text("ecosystem").unwrap_or_default();
    ecosystem == claim.ecosystem || claim.ecosystem == "npm" && ecosystem == "vscode"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_claims() {
        for (path, expected) in [
            ("package/package.json", Some(("package/", "npm"))),
            ("foo-1.0/PKG-INFO", Some(("foo-1.0/", "pypi"))),
            ("foo-1.0/foo.egg-info/PKG-INFO", Some(("foo-1.0/", "pypi"))),
            ("foo-1.0.dist-info/METADATA", Some(("", "pypi"))),
            ("EGG-INFO/PKG-INFO", Some(("", "pypi"))),
            ("DEBIAN/control", Some(("", "deb"))),
            ("x/debian/control", Some(("x/", "deb"))),
            ("x/control", None),
            ("METADATA", None),
            ("META-INF/MANIFEST.MF", Some(("", "maven"))),
            ("a/META-INF/maven/g/a/pom.xml", Some(("a/", "maven"))),
            ("a/pom.xml", Some(("a/", "maven"))),
            ("foo.nuspec", Some(("", "nuget"))),
            ("src/lib.rs", None),
        ] {
            let found = claim(path.as_bytes()).map(|claim| (&path[..claim.folder], claim.ecosystem));
            assert_eq!(found, expected, "{path}");
        }
    }
}
