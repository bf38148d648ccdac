//! Joins the contents of one package: which files belong together (units), what each is for (roles) and when each first
//! runs (phases). Sees facts and places, never bytes; knows no rules.
//!
//! Reading order: `spaces` finds for every node the tree of files it stands in and its path there; `claims` is the table
//! of manifest names; `units` turns claims into units and gives every node one; `roles` is the table of file names that
//! say what a file is for; `commands` finds the files that a command line names; `phases` joins all that; `purpose` says
//! what is odd about the package as a whole, with `names`, which knows the popular names. Then, of code: `imports` finds the
//! files that an import asks for, `code` what a name of another file stands for, `starts` the files that code starts as programs,
//! `reach` which functions run when, and `flows` the ways of data from file to file.
//!
//! Not handled: `node_modules` resolution across units, and what
//! an installed Debian package's scripts in `/var/lib/dpkg/info` belong to.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

mod claims;
mod code;
mod commands;
mod flows;
mod imports;
mod letters;
mod names;
mod paths;
mod phases;
mod places;
mod purpose;
mod reach;
mod roles;
mod spaces;
mod starts;
mod strangers;
mod units;

use doorward_model::Tree;

/// Fills `units` and `placements` of a merged tree: one placement a node, in the order of the nodes.
///
/// `group` maps the name of a format to its group (`archive`, `package`, `binary`, `code`, `text`, `image`, `data`); it is
/// asked where a content carries no `content` fact. Time and memory are near linear in the number of nodes and the bytes of
/// their names; nothing recurses.
pub fn link(tree: &mut Tree, group: &dyn Fn(&str) -> &'static str) {
    let spaces = spaces::find(&tree.nodes);
    let mut joined = units::join(tree, &spaces);
    let groups = places::groups(tree, group);
    let (placements, mut problems) = phases::place(tree, &spaces, &mut joined, &groups);
    problems.append(&mut purpose::tell(tree, &spaces, &groups, &placements, &mut joined));
    let mut units = joined.into_units();
    problems.append(&mut places::emit(tree, &spaces, &groups, &placements, &mut units));
    tree.place_problems.append(&mut problems);
    tree.placements = placements;
    tree.units = units;
}
