//! Small programs and the facts that they give.

use crate::text::tests::seen;

#[test]
fn a_call_by_any_name_is_a_fact() {
    let kinds = ["process.spawn"];
    let cases = ["import os\nos.system('id')", "from os import system as s\ns('id')", "getattr(__import__('o'+'s'),'sys'+'tem')('id')"];
    for case in cases {
        assert_eq!(seen("python", case.as_bytes(), &kinds), ["process.spawn command=id"], "{case}");
    }
}
