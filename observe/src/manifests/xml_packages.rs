//! Manifests in XML: Maven's `pom.xml`, NuGet's `*.nuspec`, and what MSBuild files (`*.targets`, `*.props`, `*.csproj`) run.
//!
//! Sources: the Maven POM reference, the `.nuspec` reference, MSBuild's "Exec task" and "Common MSBuild project items".

use super::xml::{self, Element};
use super::{dependency, entry, package, script};
use crate::Facts;
use memchr::memmem;

/// Reads one of these files; false where the text is none.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    let head = bytes.get(..super::HEAD_BYTES).unwrap_or(bytes);
    let has = |mark: &[u8]| memmem::find(head, mark).is_some();
    if has(b"<project") && (has(b"artifactId>") || has(b"maven")) {
        maven(&xml::elements(bytes), facts)
    } else if has(b"<package") && has(b"<metadata") {
        nuget(&xml::elements(bytes), facts)
    } else if has(b"<Project") {
        msbuild(&xml::elements(bytes), facts)
    } else {
        false
    }
}

/// The first element of a path.
fn find<'e>(elements: &'e [Element], path: &str) -> Option<&'e Element> {
    elements.iter().find(|element| element.path == path)
}

/// The text of the child of this name.
fn child<'e>(elements: &'e [Element], parent: usize, name: &str) -> &'e str {
    let named = |element: &&Element| element.parent == Some(parent) && element.path.rsplit('/').next() == Some(name);
    // Children stand behind their parent; how far is bounded, since a project has few children that are asked for.
    elements.iter().skip(parent).take(64).find(named).map_or("", |element| element.text.as_str())
}

/// A Maven project.
fn maven(elements: &[Element], facts: &mut Facts) -> bool {
    let text = |path: &str| find(elements, path).map_or("", |element| element.text.as_str());
    let Some(artifact) = find(elements, "project/artifactId") else { return false };
    let or_parent = |own: &'static str, parents: &'static str| if text(own).is_empty() { text(parents) } else { text(own) };
    let group = or_parent("project/groupId", "project/parent/groupId");
    let version = or_parent("project/version", "project/parent/version");
    package(facts, artifact.span.clone(), "maven", &format!("{group}:{}", artifact.text), version, text("project/description"));
    for (at, element) in elements.iter().enumerate() {
        let field = |name: &str| child(elements, at, name);
        match element.path.as_str() {
            "project/dependencies/dependency" => {
                let when = match field("scope") {
                    "test" => "dev",
                    "provided" => "build",
                    _ => "run",
                };
                let name = format!("{}:{}", field("groupId"), field("artifactId"));
                let source = if field("systemPath").is_empty() { "registry" } else { "path" };
                dependency(facts, element.span.clone(), &name, field("version"), source, when);
            }
            "project/build/plugins/plugin" => {
                let name = format!("{}:{}", field("groupId"), field("artifactId"));
                dependency(facts, element.span.clone(), &name, field("version"), "registry", "build");
            }
            path if path.starts_with("project/") && path.ends_with("/configuration/executable") => {
                script(facts, element.span.clone(), "maven-exec", &element.text, "build");
            }
            "project/repositories/repository/url" | "project/pluginRepositories/pluginRepository/url" => {
                dependency(facts, element.span.clone(), "", &element.text, "url", "build");
            }
            _ => {}
        }
    }
    true
}

/// A NuGet package.
fn nuget(elements: &[Element], facts: &mut Facts) -> bool {
    let text = |path: &str| find(elements, path).map_or("", |element| element.text.as_str());
    let Some(id) = find(elements, "package/metadata/id") else { return false };
    package(facts, id.span.clone(), "nuget", &id.text, text("package/metadata/version"), text("package/metadata/description"));
    for element in elements.iter().filter(|element| element.path.ends_with("/dependency")) {
        if let Some((name, _)) = element.attribute("id") {
            let requirement = element.attribute("version").map_or("", |(text, _)| text);
            dependency(facts, element.span.clone(), name, requirement, "registry", "run");
        }
    }
    true
}

/// A project or import of MSBuild; false where it runs and asks for nothing.
fn msbuild(elements: &[Element], facts: &mut Facts) -> bool {
    let mut seen = false;
    for element in elements {
        let name = element.path.rsplit('/').next().unwrap_or_default();
        match name {
            "Exec" => {
                if let Some((command, span)) = element.attribute("Command") {
                    script(facts, span, "msbuild-exec", command, "build");
                    seen = true;
                }
            }
            "PreBuildEvent" | "PostBuildEvent" if !element.text.is_empty() => {
                script(facts, element.span.clone(), name, &element.text, "build");
                seen = true;
            }
            "UsingTask" => {
                if let Some((path, span)) = element.attribute("AssemblyFile") {
                    entry(facts, span, "msbuild-task", path, "build");
                    seen = true;
                }
            }
            "PackageReference" => {
                if let Some((name, span)) = element.attribute("Include") {
                    let requirement = element.attribute("Version").map_or("", |(text, _)| text);
                    dependency(facts, span, name, requirement, "registry", "run");
                    seen = true;
                }
            }
            _ => {}
        }
    }
    seen
}
