//! What other programs say of the same bytes: members and their lengths must agree. Programs that are missing are skipped.

use doorward_model::{Examined, Limits, ProblemKind};
use doorward_open::{hint, open_all};
use std::path::Path;
use std::process::Command;

/// Writes some files into a folder: text, binary, empty, long, in folders.
fn files(folder: &Path) -> Vec<(String, usize)> {
    let contents: [(&str, Vec<u8>); 5] = [
        ("plain.txt", b"hello, door\n".to_vec()),
        ("empty", Vec::new()),
        ("folder/deep/numbers.bin", (0..100_000_u32).flat_map(u32::to_le_bytes).collect()),
        (
            "folder/a name that is longer than the hundred bytes that the oldest tar format has for the name of one of its members.txt",
            vec![b'x'; 3],
        ),
        ("zeros", vec![0; 300_000]),
    ];
    for (name, content) in &contents {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let mut expected: Vec<_> = contents.iter().map(|(name, content)| ((*name).to_owned(), content.len())).collect();
    expected.sort();
    expected
}

#[test]
fn what_a_frame_needs_beyond_the_handled_is_said() {
    let folder = std::env::temp_dir().join(format!("doorward-open-zstd-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    if runs(&folder, "head -c 200000000 /dev/zero | zstd -q -1 --long=28 -c > wide.zst") {
        let places = open_all(&std::fs::read(folder.join("wide.zst")).unwrap(), &hint(b"wide.zst"), &[], &Limits::default());
        assert!(places[0].problems.iter().any(|problem| problem.kind == ProblemKind::Unsupported), "{:?}", places[0].problems);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn runs(folder: &Path, script: &str) -> bool {
    let outcome = Command::new("sh").arg("-c").arg(script).current_dir(folder).output();
    outcome.is_ok_and(|output| output.status.success())
}

#[test]
fn archives_of_other_programs_open_to_the_same_files() {
    let folder = std::env::temp_dir().join(format!("doorward-open-{}", std::process::id()));
    let inputs = folder.join("in");
    let expected = files(&inputs);
    let mut made = 0;
    for (name, script) in [
        ("a.tar", "tar cf ../a.tar *"),
        ("pax.tar", "tar --format=pax -cf ../pax.tar *"),
        ("a.tar.gz", "tar czf ../a.tar.gz *"),
        ("a.tar.bz2", "tar cjf ../a.tar.bz2 *"),
        ("a.tar.xz", "tar cJf ../a.tar.xz *"),
        ("a.tar.zst", "tar cf - * | zstd -q -c > ../a.tar.zst"),
        ("long.tar.zst", "tar cf - * | zstd -q -19 --ultra --long=27 -c > ../long.tar.zst"),
        ("blocks.tar.xz", "tar cf - * | xz --block-size=65536 -c > ../blocks.tar.xz"),
        ("a.zip", "zip -q -r ../a.zip *"),
        ("bzip2.zip", "zip -q -Z bzip2 -r ../bzip2.zip *"),
        ("stored.zip", "zip -q -0 -r ../stored.zip *"),
        ("piped.zip", "zip -q -r - * | cat > ../piped.zip"),
        ("bsd.tar", "bsdtar cf ../bsd.tar *"),
        ("bsd.zip", "bsdtar --format zip -cf ../bsd.zip *"),
        ("python.tar", "python3 -m tarfile -c ../python.tar *"),
        ("python.zip", "python3 -m zipfile -c ../python.zip *"),
    ] {
        if !runs(&inputs, script) {
            continue;
        }
        made += 1;
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let places = open_all(&bytes, &hint(name.as_bytes()), &[], &Limits::default());
        let named = places.iter().filter(|place| !place.child.name.is_empty());
        let mut found: Vec<_> = named
            .filter_map(|place| {
                Some((String::from_utf8_lossy(&place.child.name).into_owned(), place.child.content.as_ref()?.len()))
            })
            .collect();
        found.sort();
        assert_eq!(found, expected, "{name}");
        for place in &places {
            assert!(
                place.problems.is_empty() && place.child.problem.is_none(),
                "{name}: {:?} {:?}",
                place.problems,
                place.child.problem
            );
        }
        assert_eq!(places[0].opened.as_ref().unwrap().examined, Examined::Opened, "{name}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(made == 0 || made >= 3);
}
