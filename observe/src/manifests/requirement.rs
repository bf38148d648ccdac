//! Where a requirement says that a package comes from.

/// `registry`, `url`, `git` or `path`, for a requirement of npm's `package.json`.
///
/// Source: the npm documentation of `dependencies`, "URLs as dependencies", "GitHub URLs", "Local paths".
pub(super) fn npm_source(requirement: &str) -> &'static str {
    let text = requirement.trim();
    let starts = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    if starts(&["git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:"]) {
        "git"
    } else if starts(&["file:", "link:", "portal:", "workspace:", "./", "../", "~/", "/"]) {
        "path"
    } else if starts(&["http:", "https:"]) {
        let path = text.split('#').next().unwrap_or(text);
        if path.ends_with(".git") { "git" } else { "url" }
    } else if !text.starts_with('@') && !text.contains(':') && is_owner_and_name(text) {
        "git"
    } else {
        "registry"
    }
}

/// `owner/name`, npm's short form of a repository.
fn is_owner_and_name(text: &str) -> bool {
    let path = text.split('#').next().unwrap_or(text);
    let fine = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    path.split_once('/').is_some_and(|(owner, name)| fine(owner) && fine(name))
}

/// Name, rest and source of a requirement of PEP 508: `name[extra] >=1; marker` or `name @ url`.
pub(crate) fn python(text: &str) -> Option<(&str, &str, &'static str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let behind_extras = match rest.trim_start().strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let source = behind_extras.trim_start().strip_prefix('@').map_or("registry", |url| link(url.trim()));
    Some((name, rest.trim(), source))
}

/// The source that a URL stands for.
pub(super) fn link(url: &str) -> &'static str {
    let starts = |starts: &[&str]| starts.iter().any(|start| url.starts_with(start));
    if starts(&["git+", "git:", "hg+", "svn+", "bzr+", "ssh:"]) {
        "git"
    } else if starts(&["file:", ".", "/"]) {
        "path"
    } else {
        "url"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        for (requirement, expected) in [
            ("^1.2.3", "registry"),
            ("latest", "registry"),
            ("npm:other@1", "registry"),
            ("git+https://h.example/x.git#v1", "git"),
            ("owner/name#main", "git"),
            ("https://h.example/x.tgz", "url"),
            ("https://h.example/x.git#a", "git"),
            ("file:../x", "path"),
            (">=1 <2 || 3.x/4", "registry"),
        ] {
            assert_eq!(npm_source(requirement), expected, "{requirement}");
        }
        for (text, expected) in [
            ("foo>=1,<2 ; python_version < '3'", Some(("foo", ">=1,<2 ; python_version < '3'", "registry"))),
            ("foo[bar] @ git+https://h.example/x", Some(("foo", "[bar] @ git+https://h.example/x", "git"))),
            ("foo @ https://h.example/x.whl", Some(("foo", "@ https://h.example/x.whl", "url"))),
            ("foo", Some(("foo", "", "registry"))),
            ("@ x", None),
        ] {
            assert_eq!(python(text), expected, "{text}");
        }
    }
}
