//! Imports and exports, of both kinds of modules, and the enums and namespaces of TypeScript.
//!
//! Exports are pairs of the name outside and the name inside. `default` is the default export; `*` with `*` means every name
//! that an import of `*` made known. Of a CommonJS module, `module.exports` is the whole of it, and the inside of a value
//! that has no name is the path it was assigned to (`exports.run`).

use super::Text;
use super::expressions::text;
use super::lowering::Lowering;
use crate::neutral::{Expr, Import, Place, Stmt, What};
use oxc_ast::ast::{
    BindingPattern, Declaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, ImportDeclaration,
    ImportDeclarationSpecifier, ModuleDeclaration, ModuleExportName, StringLiteral, TSEnumDeclaration, TSEnumMemberName,
    TSImportEqualsDeclaration, TSModuleReference, TSNamespaceDeclaration, TSNamespaceDeclarationBody, TSTypeName,
};
use oxc_span::{GetSpan, Span};
use std::borrow::Cow;

impl<'a> Lowering<'a> {
    pub(super) fn module_declaration(&mut self, it: &ModuleDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        match it {
            ModuleDeclaration::ImportDeclaration(it) => self.import_declaration(it, out),
            ModuleDeclaration::ExportDeclaration(it) => {
                self.declaration(&it.declaration, out);
                self.export_declared(&it.declaration);
            }
            ModuleDeclaration::ExportDefaultDeclaration(it) => self.export_default(it, out),
            ModuleDeclaration::ExportNamedDeclaration(it) => {
                if it.export_kind.is_type() {
                    return;
                }
                for each in it.specifiers.iter().filter(|each| !each.export_kind.is_type()) {
                    self.export(named(&each.exported), named(&each.local));
                }
            }
            ModuleDeclaration::ExportFromDeclaration(it) => {
                if it.export_kind.is_type() {
                    return;
                }
                let module = literal(&it.source);
                if it.specifiers.is_empty() {
                    self.import_one(&it.source, None, "".into(), it.span, out);
                }
                for each in it.specifiers.iter().filter(|each| !each.export_kind.is_type()) {
                    let item = named(&each.local);
                    // Known under no name that the source could write: it is not bound here.
                    let alias: Text<'a> = Cow::Owned(format!("{module}#{item}"));
                    self.import_one(&it.source, Some(item), alias.clone(), each.span, out);
                    self.export(named(&each.exported), alias);
                }
            }
            ModuleDeclaration::ExportAllDeclaration(it) => {
                if it.export_kind.is_type() {
                    return;
                }
                match &it.exported {
                    Some(name) => {
                        let alias: Text<'a> = Cow::Owned(format!("{}#*", literal(&it.source)));
                        self.import_one(&it.source, None, alias.clone(), it.span, out);
                        self.export(named(name), alias);
                    }
                    None => {
                        self.import_one(&it.source, Some("*".into()), "*".into(), it.span, out);
                        self.export("*".into(), "*".into());
                    }
                }
            }
            ModuleDeclaration::TSExportAssignment(it) => {
                let value = self.expr(&it.expression);
                let at = self.at(it.span);
                let module = Expr { what: What::Name("module".into()), at: at.clone() };
                let place = Place::Member(Box::new(module), "exports".into(), at);
                self.exported(&place, &value);
                out.push(Stmt::Assign(place, value));
            }
            ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn import_declaration(&mut self, it: &ImportDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        if it.import_kind.is_type() {
            return;
        }
        let specifiers = it.specifiers.as_ref().map_or(&[][..], |specifiers| &specifiers[..]);
        if specifiers.is_empty() {
            self.import_one(&it.source, None, "".into(), it.span, out);
        }
        for each in specifiers {
            let (item, local) = match each {
                ImportDeclarationSpecifier::ImportSpecifier(each) => {
                    if each.import_kind.is_type() {
                        continue;
                    }
                    (Some(named(&each.imported)), &each.local)
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(each) => (Some("default".into()), &each.local),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(each) => (None, &each.local),
            };
            self.import_one(&it.source, item, local.name.as_str().into(), it.span, out);
        }
    }

    fn import_one(
        &mut self,
        source: &StringLiteral<'a>,
        item: Option<Text<'a>>,
        alias: Text<'a>,
        span: Span,
        out: &mut Vec<Stmt<'a>>,
    ) {
        let import = Import { module: literal(source), dots: 0, item, alias, at: self.at(span) };
        out.push(Stmt::Import(import));
    }

    fn export_declared(&mut self, declaration: &Declaration<'a>) {
        let name = match declaration {
            Declaration::VariableDeclaration(it) => {
                for each in &it.declarations {
                    self.export_pattern(&each.id, 0);
                }
                return;
            }
            Declaration::FunctionDeclaration(it) => it.id.as_ref().map(|id| id.name),
            Declaration::ClassDeclaration(it) => it.id.as_ref().map(|id| id.name),
            Declaration::TSEnumDeclaration(it) => Some(it.id.name),
            Declaration::TSNamespaceDeclaration(it) => Some(it.id.name),
            Declaration::TSImportEqualsDeclaration(it) => Some(it.id.name),
            _ => None,
        };
        if let Some(name) = name {
            self.export(name.as_str().into(), name.as_str().into());
        }
    }

    fn export_pattern(&mut self, pattern: &BindingPattern<'a>, depth: u32) {
        if depth > crate::neutral::DEPTH_MAX {
            return;
        }
        let deeper = depth.saturating_add(1);
        match pattern {
            BindingPattern::BindingIdentifier(it) => self.export(it.name.as_str().into(), it.name.as_str().into()),
            BindingPattern::ObjectPattern(it) => {
                for property in &it.properties {
                    self.export_pattern(&property.value, deeper);
                }
                if let Some(rest) = &it.rest {
                    self.export_pattern(&rest.argument, deeper);
                }
            }
            BindingPattern::ArrayPattern(it) => {
                for element in it.elements.iter().flatten() {
                    self.export_pattern(element, deeper);
                }
                if let Some(rest) = &it.rest {
                    self.export_pattern(&rest.argument, deeper);
                }
            }
            BindingPattern::AssignmentPattern(it) => self.export_pattern(&it.left, deeper),
        }
    }

    fn export_default(&mut self, it: &ExportDefaultDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        let at = self.at(it.declaration.span());
        let what = match &it.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                if function.body.is_none() {
                    return;
                }
                let id = self.function(function, "default".into(), None);
                let name = function.id.as_ref().map_or("default", |id| id.name.as_str());
                out.push(Stmt::Define(id));
                return self.export("default".into(), name.into());
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let id = self.class(class, "default".into());
                let name = class.id.as_ref().map_or("default", |id| id.name.as_str());
                out.push(Stmt::Class(id));
                return self.export("default".into(), name.into());
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return,
            value => match value.as_expression() {
                Some(value) => self.named(value, "default").what,
                None => return,
            },
        };
        if let What::Name(name) = &what {
            return self.export("default".into(), name.clone());
        }
        out.push(Stmt::Assign(Place::Name("default".into(), at.clone()), Expr { what, at }));
        self.export("default".into(), "default".into());
    }

    /// Offers a name; inside a namespace, to that alone.
    fn export(&mut self, outside: Text<'a>, inside: Text<'a>) {
        match self.namespaces.last_mut() {
            Some(namespace) => namespace.push(inside),
            None => self.module.exports.push((outside, inside)),
        }
    }

    /// Notes an assignment to `module.exports` or a member of it.
    pub(super) fn exported(&mut self, place: &Place<'a>, value: &Expr<'a>) {
        let Place::Member(object, name, _) = place else { return };
        let inside = |path: String| match &value.what {
            What::Name(name) => name.clone(),
            _ => Cow::Owned(path),
        };
        match &object.what {
            What::Name(module) if module == "module" && name == "exports" => {
                self.module.exports.push(("module.exports".into(), inside("module.exports".into())));
                let What::Map(pairs) = &value.what else { return };
                for pair in pairs {
                    if let (Some(Expr { what: What::Text(key), .. }), value) = pair {
                        let inside = match &value.what {
                            What::Name(name) => name.clone(),
                            _ => Cow::Owned(format!("module.exports.{key}")),
                        };
                        self.module.exports.push((key.clone(), inside));
                    }
                }
            }
            What::Name(exports) if exports == "exports" => {
                self.module.exports.push((name.clone(), inside(format!("exports.{name}"))));
            }
            What::Member(module, exports)
                if exports == "exports" && matches!(&module.what, What::Name(module) if module == "module") =>
            {
                self.module.exports.push((name.clone(), inside(format!("module.exports.{name}"))));
            }
            _ => {}
        }
    }

    /// `enum Name { A, B = value }` as a map.
    pub(super) fn enumeration(&mut self, it: &TSEnumDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        if it.declare {
            return;
        }
        let mut pairs = Vec::with_capacity(it.body.members.len());
        let mut next = 0_i64;
        for member in &it.body.members {
            let at = self.at(member.id.span());
            let name = match &member.id {
                TSEnumMemberName::Identifier(it) => What::Text(it.name.as_str().into()),
                TSEnumMemberName::String(it) | TSEnumMemberName::ComputedString(it) => What::Text(literal(it)),
                TSEnumMemberName::ComputedTemplateString(it) => self.template(it),
            };
            let value = match &member.initializer {
                Some(value) => self.expr(value),
                None => Expr { what: What::Int(next), at: at.clone() },
            };
            if let What::Int(number) = value.what {
                next = number.saturating_add(1);
            }
            pairs.push((Some(Expr { what: name, at }), value));
        }
        self.declared.push(it.id.name.as_str().into());
        let place = Place::Name(it.id.name.as_str().into(), self.at(it.id.span));
        out.push(Stmt::Assign(place, Expr { what: What::Map(pairs), at: self.at(it.body.span) }));
    }

    /// `namespace Name { … }`: a function that is called where it stands and gives what it exports.
    pub(super) fn namespace(&mut self, it: &TSNamespaceDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        if it.declare || !self.enter() {
            return;
        }
        let at = self.at(it.span);
        self.namespaces.push(Vec::new());
        let value = self.called(at.clone(), |lowering| {
            let mut body = match &it.body {
                TSNamespaceDeclarationBody::TSModuleBlock(block) => lowering.block(&block.body),
                TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                    let mut body = Vec::new();
                    lowering.namespace(inner, &mut body);
                    lowering.export(inner.id.name.as_str().into(), inner.id.name.as_str().into());
                    body
                }
            };
            let names = lowering.namespaces.last_mut().map(std::mem::take).unwrap_or_default();
            let pairs = names.into_iter().map(|name| {
                let key = Expr { what: What::Text(name.clone()), at: at.clone() };
                (Some(key), Expr { what: What::Name(name), at: at.clone() })
            });
            let map = What::Map(pairs.collect());
            body.push(Stmt::Return(Some(Expr { what: map, at: at.clone() })));
            body
        });
        self.namespaces.pop();
        self.leave();
        self.declared.push(it.id.name.as_str().into());
        out.push(Stmt::Assign(Place::Name(it.id.name.as_str().into(), self.at(it.id.span)), value));
    }

    /// `import name = require('module')` and `import name = other.path`.
    pub(super) fn import_equals(&mut self, it: &TSImportEqualsDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        if it.import_kind.is_type() {
            return;
        }
        let alias: Text<'a> = it.id.name.as_str().into();
        match &it.module_reference {
            TSModuleReference::ExternalModuleReference(from) => {
                self.import_one(&from.expression, None, alias, it.span, out);
            }
            TSModuleReference::IdentifierReference(from) => {
                let value = Expr { what: What::Name(from.name.as_str().into()), at: self.at(from.span) };
                out.push(Stmt::Assign(Place::Name(alias, self.at(it.id.span)), value));
            }
            TSModuleReference::QualifiedName(from) => {
                let at = self.at(from.span);
                let mut names = vec![from.right.name.as_str()];
                let mut left = &from.left;
                let first = loop {
                    match left {
                        TSTypeName::IdentifierReference(it) => break it.name.as_str(),
                        TSTypeName::ThisExpression(_) => break "this",
                        TSTypeName::QualifiedName(it) => {
                            names.push(it.right.name.as_str());
                            left = &it.left;
                        }
                    }
                };
                let names = names.into_iter().rev().take(64);
                let what = names.fold(What::Name(first.into()), |what, name| {
                    What::Member(Box::new(Expr { what, at: at.clone() }), name.into())
                });
                out.push(Stmt::Assign(Place::Name(alias, self.at(it.id.span)), Expr { what, at }));
            }
        }
    }
}

fn literal<'a>(it: &StringLiteral<'a>) -> Text<'a> {
    text(it.value.as_str(), it.lone_surrogates)
}

fn named<'a>(name: &ModuleExportName<'a>) -> Text<'a> {
    match name {
        ModuleExportName::IdentifierName(it) => it.name.as_str().into(),
        ModuleExportName::IdentifierReference(it) => it.name.as_str().into(),
        ModuleExportName::StringLiteral(it) => literal(it),
    }
}
