//! The taxonomy of doors: what a finding is a case of.
//!
//! ATT&CK and CAPEC ids were checked against MITRE's data of November 2025. Only CWE ids of the category "Embedded Malicious
//! Code" (CWE-506 to CWE-512) are given; the others wait for a source to be named beside them.

/// One kind of door.
#[derive(Debug)]
pub struct Door {
    /// Stable id.
    pub id: &'static str,
    /// Short name.
    pub name: &'static str,
    /// What it is.
    pub definition: &'static str,
    /// CWE numbers.
    pub cwe: &'static [u16],
    /// ATT&CK technique ids, of the Enterprise and the Mobile matrix.
    pub attack: &'static [&'static str],
    /// CAPEC numbers.
    pub capec: &'static [u16],
}

/// The door of this id.
pub fn door(id: &str) -> Option<&'static Door> {
    DOORS.iter().find(|door| door.id == id)
}

/// All doors, by family.
pub static DOORS: &[Door] = &[
    Door {
        id: "ACC-1",
        name: "Hard-coded/default credential",
        definition: "Secret in the product that opens it.",
        cwe: &[],
        attack: &["T1078.001", "T1552.001"],
        capec: &[70, 191],
    },
    Door {
        id: "ACC-2",
        name: "Authentication bypass",
        definition: "Path to privilege that skips the check.",
        cwe: &[],
        attack: &["T1556"],
        capec: &[115, 114],
    },
    Door {
        id: "ACC-3",
        name: "Undocumented remote command/interface",
        definition: "Reachable, absent from declaration.",
        cwe: &[],
        attack: &["T1219", "T1059", "T1505.003"],
        capec: &[36, 190, 121],
    },
    Door {
        id: "ACC-4",
        name: "Trigger/magic value",
        definition: "Secret input value opens payload.",
        cwe: &[510],
        attack: &["T1205", "T1205.001", "T1205.002"],
        capec: &[443, 36],
    },
    Door {
        id: "ACC-5",
        name: "Time or logic bomb, remote kill switch",
        definition: "A date, a condition or a remote word makes the software destroy, disable or refuse.",
        cwe: &[511],
        attack: &["T1480", "T1529"],
        capec: &[442],
    },
    Door {
        id: "ACC-6",
        name: "Intercept/management port",
        definition: "Copies or controls others' data, declared or not.",
        cwe: &[],
        attack: &["T1040", "T1557"],
        capec: &[117, 121],
    },
    Door {
        id: "BLD-1",
        name: "Source/binary mismatch",
        definition: "Shipped bytes not produced by deposited source.",
        cwe: &[506],
        attack: &["T1554", "T1195.002"],
        capec: &[444, 184],
    },
    Door {
        id: "BLD-2",
        name: "Build-time injection",
        definition: "Build reads or fetches code outside the deposit.",
        cwe: &[506],
        attack: &["T1195.001", "T1677", "T1127.001"],
        capec: &[511, 445, 678],
    },
    Door {
        id: "BLD-3",
        name: "Install-time code",
        definition: "Script/custom action beyond declared effects.",
        cwe: &[506],
        attack: &["T1546.016", "T1543"],
        capec: &[185],
    },
    Door {
        id: "BLD-4",
        name: "Self-update or remote-code channel",
        definition: "New code without declared, pinned verification.",
        cwe: &[],
        attack: &["T1105", "T1407"],
        capec: &[186, 187, 669],
    },
    Door {
        id: "BLD-5",
        name: "Post-signing change/overlay",
        definition: "Data added under a valid signature, or unsigned part.",
        cwe: &[],
        attack: &["T1553.002", "T1027.009"],
        capec: &[206, 673, 475],
    },
    Door {
        id: "BLD-6",
        name: "Opaque part",
        definition: "Shipped code or blob with no source, origin or SBOM entry.",
        cwe: &[],
        attack: &["T1027.009", "T1195.001"],
        capec: &[446],
    },
    Door {
        id: "BLD-7",
        name: "Lookalike",
        definition: "Typo/homoglyph/bidi/namespace confusion in dependency, file or code.",
        cwe: &[],
        attack: &["T1195.001", "T1036.005"],
        capec: &[630, 632, 691, 692, 693, 695],
    },
    Door {
        id: "BLD-8",
        name: "Toolchain trust",
        definition: "Compiler or SDK is unverified or has one lineage only.",
        cwe: &[],
        attack: &["T1195.001"],
        capec: &[670],
    },
    Door {
        id: "DAT-1",
        name: "Exfiltration",
        definition: "Protected data reaches a network/file sink without declared purpose.",
        cwe: &[512],
        attack: &["T1041", "T1048", "T1567", "T1020"],
        capec: &[569],
    },
    Door {
        id: "DAT-2",
        name: "Undeclared destination",
        definition: "Host, IP, generated name, third-party SDK endpoint.",
        cwe: &[],
        attack: &["T1071", "T1568", "T1102.001"],
        capec: &[],
    },
    Door {
        id: "DAT-3",
        name: "Jurisdiction breach",
        definition: "Declared or real destination/operator outside policy.",
        cwe: &[],
        attack: &["T1567"],
        capec: &[],
    },
    Door {
        id: "DAT-4",
        name: "Covert channel",
        definition: "Data in DNS, timing, image, padding.",
        cwe: &[],
        attack: &["T1071.004", "T1572", "T1027.003", "T1001"],
        capec: &[],
    },
    Door {
        id: "KEY-1",
        name: "Key escrow/extra recipient",
        definition: "Content key wrapped to, or uploaded to, an undeclared holder.",
        cwe: &[],
        attack: &["T1600"],
        capec: &[447],
    },
    Door {
        id: "KEY-2",
        name: "Weakened crypto",
        definition: "Effective strength below declared/policy; downgrade path.",
        cwe: &[],
        attack: &["T1600.001"],
        capec: &[20, 97, 620, 220],
    },
    Door {
        id: "KEY-3",
        name: "Hard-coded key",
        definition: "Private or symmetric key in product.",
        cwe: &[],
        attack: &["T1552.004"],
        capec: &[191, 37],
    },
    Door {
        id: "KEY-4",
        name: "Predictable randomness, unverifiable constants",
        definition: "Keys or nonces that somebody can predict, or constants nobody can explain.",
        cwe: &[],
        attack: &["T1600"],
        capec: &[59, 112, 97],
    },
    Door {
        id: "KEY-5",
        name: "Trust anchor change",
        definition: "Adds root/signer, disables certificate checks, extra pinned key.",
        cwe: &[],
        attack: &["T1553.004", "T1557"],
        capec: &[94, 475],
    },
    Door {
        id: "MON-1",
        name: "Content rules",
        definition: "Keyword/hash/URL list or classifier applied to user content.",
        cwe: &[512],
        attack: &["T1119"],
        capec: &[651],
    },
    Door {
        id: "MON-2",
        name: "Match-and-report",
        definition: "Rule hit causes upload, tag or account action.",
        cwe: &[],
        attack: &["T1020", "T1041"],
        capec: &[651],
    },
    Door {
        id: "MON-3",
        name: "Client-side scanning before encryption",
        definition: "Order of scan and encrypt.",
        cwe: &[],
        attack: &["T1119"],
        capec: &[651],
    },
    Door {
        id: "SUR-1",
        name: "Screen, keyboard, clipboard capture",
        definition: "Records what its user sees, types or copies.",
        cwe: &[512],
        attack: &["T1113", "T1056.001", "T1115"],
        capec: &[648, 568, 637],
    },
    Door {
        id: "SUR-2",
        name: "Microphone, camera",
        definition: "Records sound or pictures around its user.",
        cwe: &[512],
        attack: &["T1123", "T1125", "T1429", "T1512"],
        capec: &[634],
    },
    Door {
        id: "SUR-3",
        name: "Location, contacts, messages, calls, notifications, list of apps",
        definition: "Reads where its user is, whom they know and what they are told.",
        cwe: &[],
        attack: &["T1430", "T1636.002", "T1636.003", "T1636.004", "T1517", "T1418"],
        capec: &[694],
    },
    Door {
        id: "SUR-4",
        name: "Privilege escalation, cross-app spying",
        definition: "Takes rights that it was not given, or reads what belongs to other programs.",
        cwe: &[],
        attack: &["T1068", "T1404"],
        capec: &[233],
    },
    Door {
        id: "EVA-1",
        name: "Anti-analysis, environment keying, dormancy",
        definition: "Behaves otherwise where it may be watched, or waits until nobody does.",
        cwe: &[506],
        attack: &["T1497", "T1622", "T1480", "T1633"],
        capec: &[],
    },
    Door {
        id: "EVA-2",
        name: "Obfuscation, packing, dynamic or reflective load",
        definition: "Hides from its reader what it runs.",
        cwe: &[506],
        attack: &["T1027.002", "T1027.007", "T1027.013", "T1620", "T1406"],
        capec: &[],
    },
    Door {
        id: "EVA-3",
        name: "Log or audit suppression, self-hiding",
        definition: "Keeps its own deeds out of the records.",
        cwe: &[],
        attack: &["T1070", "T1562.012", "T1014"],
        capec: &[268, 571],
    },
    Door {
        id: "EVA-4",
        name: "Security control switched off",
        definition: "Silently failing probe, AV/EDR kill, sandbox skip.",
        cwe: &[],
        attack: &["T1562.001"],
        capec: &[578],
    },
    Door {
        id: "HWF-1",
        name: "Debug/diagnostic access",
        definition: "JTAG, UART shell, EDL, test key, active debug build.",
        cwe: &[],
        attack: &["T1542.001"],
        capec: &[180, 702, 121],
    },
    Door {
        id: "HWF-2",
        name: "Undocumented opcode, vendor command",
        definition: "An instruction, command or switch that no documentation names.",
        cwe: &[],
        attack: &[],
        capec: &[36, 212, 539],
    },
    Door {
        id: "HWF-3",
        name: "Code before the operating system",
        definition: "Boot, management controller or option-ROM code that persists or patches the image.",
        cwe: &[506],
        attack: &["T1542.001", "T1601.001", "T1195.003"],
        capec: &[532, 638],
    },
    Door {
        id: "HWF-4",
        name: "Undeclared radio, modem, sensor or locator",
        definition: "Hardware that talks or listens and that no declaration names.",
        cwe: &[],
        attack: &["T1200", "T1195.003"],
        capec: &[522],
    },
    Door {
        id: "HYG-1",
        name: "Reviewability debt",
        definition: "Many or old copies of one component, so that a reviewer cannot tell what runs.",
        cwe: &[],
        attack: &[],
        capec: &[],
    },
    Door {
        id: "HYG-2",
        name: "Unsafe or misleading calls",
        definition: "Unsafe calls, or names that promise safety and were redefined.",
        cwe: &[],
        attack: &[],
        capec: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_has_its_own_well_formed_id() {
        for (at, row) in DOORS.iter().enumerate() {
            assert!(std::ptr::eq(door(row.id).unwrap(), &DOORS[at]), "{} stands twice", row.id);
            assert!(row.definition.ends_with('.') && !row.name.is_empty());
            assert!(row.attack.iter().all(|id| id.starts_with('T') && id.len() >= 5), "{}", row.id);
        }
        assert!(DOORS.len() >= 38);
    }
}
