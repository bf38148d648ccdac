//! A table: all formats and languages. To add one: a row here, and where it is opened its file and a `mod` line.
//!
//! Rows are tried from the top, so the special stand before the general: a Debian package before ar, a jar before zip.

mod ar;
mod bzip2;
mod deflate;
mod extents;
mod gzip;
mod layer;
mod shapes;
mod tar;
mod utf16;
mod xz;
mod zip;
mod zlib;
mod zstd;

pub(crate) use zip::tail;

use crate::{Children, Stop};
use layer::layer;

/// Whether bytes are of a format.
type Check = fn(&[u8]) -> bool;

/// Where a format ends by its own account.
type Extent = fn(&[u8]) -> Option<usize>;

/// Takes a container apart.
type Open = fn(&[u8], &mut dyn Children) -> Result<(), Stop>;

/// One format or language.
#[derive(Debug)]
pub struct Format {
    /// Stable name, as readings, rules and reports write it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// `archive`, `package`, `compression`, `binary`, `code`, `text`, `data`, `image`, `media`, `document`, `font`, `key`.
    pub group: &'static str,
    /// Extensions and well-known base names, in lower case.
    pub hints: &'static [&'static str],
    /// What is read of it.
    pub handled: &'static str,
    /// What is not.
    pub not_handled: &'static str,
    /// Bytes and where they stand: one of them must be there.
    pub(crate) magic: &'static [(usize, &'static [u8])],
    /// Looks closer, where there is a magic at what it leaves open.
    pub(crate) check: Option<Check>,
    /// Whether the hint must name it too: kinds of one and the same container.
    pub(crate) needs_hint: bool,
    /// Whether it is told from other texts by its hint or its look.
    pub(crate) is_text: bool,
    /// Whether it holds other contents, so that not opening it must be said.
    pub(crate) holds_others: bool,
    /// Where it ends by its own account, for formats without an opener.
    pub(crate) extent: Option<Extent>,
    /// Takes it apart.
    pub(crate) open: Option<Open>,
}

impl Format {
    /// Whether a content is of this format.
    pub(crate) fn fits(&self, bytes: &[u8], hint: &str) -> bool {
        let magic = self.magic.is_empty() || self.magic.iter().any(|(at, magic)| crate::fields::stands_at(bytes, *at, magic));
        magic && (!self.needs_hint || self.hints.contains(&hint)) && self.check.is_none_or(|check| check(bytes))
    }
}

/// All formats and languages, in the order in which they are tried.
pub fn formats() -> &'static [Format] {
    FORMATS
}

/// The group of the format of this name; empty where there is none.
pub fn group(format: &str) -> &'static str {
    FORMATS.iter().find(|known| known.name == format).map_or("", |known| known.group)
}

/// What is told of a format that is only recognised.
const RECOGNISED: &str = "recognised";
/// What is told of a container that is not opened.
const OPENED_NOT: &str = "its members: said as a problem wherever one is met";
/// What is told of a language.
const LANGUAGE: &str = "recognised by name, first line or look; searched for patterns and payload layers";

/// A row with nothing in it.
const NONE: Format = Format {
    name: "",
    title: "",
    group: "data",
    hints: &[],
    handled: RECOGNISED,
    not_handled: "its structure",
    magic: &[],
    check: None,
    needs_hint: false,
    is_text: false,
    holds_others: false,
    extent: None,
    open: None,
};

/// A language or another kind of text.
const fn text(name: &'static str, title: &'static str, group: &'static str, hints: &'static [&'static str]) -> Format {
    Format { name, title, group, hints, handled: LANGUAGE, not_handled: "", is_text: true, ..NONE }
}

/// A container that is recognised and not opened.
const fn closed(
    name: &'static str,
    title: &'static str,
    group: &'static str,
    hints: &'static [&'static str],
    magic: Magic,
) -> Format {
    Format { name, title, group, hints, not_handled: OPENED_NOT, magic, holds_others: true, ..NONE }
}

/// A format that is recognised and holds nothing else.
const fn plain(
    name: &'static str,
    title: &'static str,
    group: &'static str,
    hints: &'static [&'static str],
    magic: Magic,
) -> Format {
    Format { name, title, group, hints, magic, ..NONE }
}

/// A kind of zip that only its name tells.
const fn zip_kin(name: &'static str, title: &'static str, hints: &'static [&'static str]) -> Format {
    Format { name, title, hints, group: "package", needs_hint: true, ..ZIP }
}

type Magic = &'static [(usize, &'static [u8])];

const ZIP: Format = Format {
    name: "zip",
    title: "zip archive",
    group: "archive",
    hints: &["zip"],
    handled: "zip64, data descriptors, archives behind other data or without a directory, stored, deflate, bzip2, lzma, xz, zstd, encryption where a password fits; directory and local headers are compared",
    not_handled: "deflate64, methods of before 1993, several volumes, encrypted directories",
    magic: &[(0, b"PK")],
    check: Some(zip::check),
    open: Some(zip::open),
    ..NONE
};

/// What nothing else fits.
pub(crate) static DATA: Format = Format {
    name: "data",
    title: "bytes of no known format",
    handled: "searched for patterns and payload layers",
    not_handled: "",
    ..NONE
};

static FORMATS: &[Format] = &[
    // Archives and packages.
    Format {
        name: "deb",
        title: "Debian package",
        group: "package",
        hints: &["deb", "udeb"],
        handled: "the ar archive and, as its members, control and data archives with every member",
        not_handled: "",
        magic: &[(0, b"!<arch>\n")],
        check: Some(ar::is_deb),
        open: Some(ar::open_deb),
        ..NONE
    },
    Format {
        name: "ar",
        title: "ar archive (static library, Rust library)",
        group: "archive",
        hints: &["a", "ar", "rlib", "lib"],
        handled: "GNU and BSD long names; symbol tables are members like others",
        not_handled: "thin archives, which hold nothing",
        magic: &[(0, b"!<arch>\n")],
        open: Some(ar::open),
        ..NONE
    },
    closed("ar-thin", "thin ar archive", "archive", &[], &[(0, b"!<thin>\n")]),
    zip_kin("jar", "Java archive", &["jar", "war", "ear", "aar"]),
    zip_kin("wheel", "Python wheel", &["whl"]),
    zip_kin("egg", "Python egg", &["egg"]),
    zip_kin("vsix", "editor extension", &["vsix"]),
    zip_kin("nupkg", "NuGet package", &["nupkg", "snupkg"]),
    zip_kin("xpi", "Firefox extension", &["xpi"]),
    zip_kin("apk", "Android package", &["apk", "aab"]),
    Format {
        name: "jmod",
        title: "Java module",
        group: "package",
        hints: &["jmod"],
        handled: "its header, then as zip",
        magic: &[(0, b"JM\x01\x00PK")],
        open: Some(zip::open_jmod),
        ..NONE
    },
    Format {
        name: "crx",
        title: "Chrome extension",
        group: "package",
        hints: &["crx"],
        handled: "the header of versions 2 and 3, then as zip",
        not_handled: "the signatures in the header are not verified",
        magic: &[(0, b"Cr24")],
        open: Some(zip::open_crx),
        ..NONE
    },
    ZIP,
    Format {
        name: "gzip",
        title: "gzip",
        group: "compression",
        hints: &["gz", "tgz", "crate"],
        handled: "several members, all header fields, checksums",
        not_handled: "the checksum of the header alone",
        magic: &[(0, &[0x1f, 0x8b, 8])],
        check: Some(gzip::check),
        open: Some(gzip::open),
        ..NONE
    },
    Format {
        name: "bzip2",
        title: "bzip2",
        group: "compression",
        hints: &["bz2", "tbz", "tbz2"],
        handled: "several streams, checksums",
        not_handled: "bzip1",
        magic: &[(0, b"BZh")],
        check: Some(bzip2::check),
        open: Some(bzip2::open),
        ..NONE
    },
    Format {
        name: "xz",
        title: "xz",
        group: "compression",
        hints: &["xz", "txz"],
        handled: "several streams, padding, all filters, checksums",
        not_handled: "dictionaries above 1 GiB",
        magic: &[(0, b"\xfd7zXZ\0")],
        open: Some(xz::open),
        ..NONE
    },
    Format {
        name: "zstd",
        title: "Zstandard",
        group: "compression",
        hints: &["zst", "tzst"],
        handled: "several frames, skippable frames, checksums",
        not_handled: "dictionaries, windows above 128 MiB",
        magic: &[(0, &[0x28, 0xb5, 0x2f, 0xfd]), (1, &[0x2a, 0x4d, 0x18])],
        check: Some(zstd::check),
        open: Some(zstd::open),
        ..NONE
    },
    closed("7z", "7-Zip archive", "archive", &["7z"], &[(0, b"7z\xbc\xaf\x27\x1c")]),
    closed("rar", "RAR archive", "archive", &["rar"], &[(0, b"Rar!\x1a\x07")]),
    closed("cab", "Windows cabinet", "archive", &["cab"], &[(0, b"MSCF\0\0\0\0")]),
    closed("xar", "xar archive", "archive", &["xar", "pkg"], &[(0, b"xar!")]),
    closed("iso9660", "ISO 9660 image", "archive", &["iso"], &[(0x8001, b"CD001")]),
    closed("squashfs", "SquashFS image", "archive", &["squashfs", "snap", "sfs"], &[(0, b"hsqs"), (0, b"sqsh")]),
    closed("cpio", "cpio archive", "archive", &["cpio"], &[(0, b"070701"), (0, b"070702"), (0, b"070707"), (0, b"\xc7\x71")]),
    closed("rpm", "RPM package", "package", &["rpm"], &[(0, &[0xed, 0xab, 0xee, 0xdb])]),
    closed(
        "ole",
        "OLE compound file (msi, doc, xls)",
        "document",
        &["msi", "doc", "xls", "ppt", "msg"],
        &[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")],
    ),
    closed("pdf", "PDF document", "document", &["pdf"], &[(0, b"%PDF-")]),
    closed("lz4", "LZ4", "compression", &["lz4"], &[(0, &[0x04, 0x22, 0x4d, 0x18]), (0, &[0x02, 0x21, 0x4c, 0x18])]),
    closed("lzip", "lzip", "compression", &["lz"], &[(0, b"LZIP\x01")]),
    Format { check: Some(shapes::lzma), ..closed("lzma", "lzma alone", "compression", &["lzma"], &[(0, &[0x5d, 0, 0])]) },
    Format { check: Some(shapes::compress), ..closed("compress", "Unix compress", "compression", &["z"], &[(0, &[0x1f, 0x9d])]) },
    // Programs.
    Format {
        extent: None,
        not_handled: "",
        handled: "headers, imports, exports, sections, strings",
        ..plain("elf", "ELF program, library or object", "binary", &["so", "o", "ko", "axf"], &[(0, b"\x7fELF")])
    },
    Format {
        check: Some(shapes::pe),
        not_handled: "",
        handled: "headers, imports, exports, sections, strings",
        ..plain("pe", "Windows program or library", "binary", &["exe", "dll", "pyd", "sys", "ocx", "scr"], &[(0, b"MZ")])
    },
    Format { check: Some(shapes::dos), ..plain("dos", "DOS program", "binary", &["com"], &[(0, b"MZ")]) },
    Format {
        check: Some(shapes::mach_o),
        not_handled: "",
        handled: "headers, imports, exports, sections, strings; thin and fat",
        ..plain(
            "mach-o",
            "Mach-O program, library or object",
            "binary",
            &["dylib", "bundle"],
            &[
                (0, &[0xfe, 0xed, 0xfa, 0xce]),
                (0, &[0xfe, 0xed, 0xfa, 0xcf]),
                (0, &[0xce, 0xfa, 0xed, 0xfe]),
                (0, &[0xcf, 0xfa, 0xed, 0xfe]),
                (0, &[0xca, 0xfe, 0xba, 0xbe]),
                (0, &[0xca, 0xfe, 0xba, 0xbf]),
            ],
        )
    },
    Format {
        check: Some(shapes::java_class),
        ..plain("java-class", "Java class", "binary", &["class"], &[(0, &[0xca, 0xfe, 0xba, 0xbe])])
    },
    plain("wasm", "WebAssembly", "binary", &["wasm"], &[(0, b"\0asm")]),
    plain("dex", "Android bytecode", "binary", &["dex"], &[(0, b"dex\n0")]),
    plain("llvm-bitcode", "LLVM bitcode", "binary", &["bc"], &[(0, b"BC\xc0\xde")]),
    plain("luac", "Lua bytecode", "binary", &["luac"], &[(0, b"\x1bLua"), (0, b"\x1bLJ")]),
    Format { check: Some(shapes::pyc), ..plain("pyc", "Python bytecode", "binary", &["pyc", "pyo"], &[(2, b"\r\n")]) },
    // Images, media, fonts.
    Format { extent: Some(extents::png), ..plain("png", "PNG image", "image", &["png"], &[(0, b"\x89PNG\r\n\x1a\n")]) },
    Format { extent: Some(extents::jpeg), ..plain("jpeg", "JPEG image", "image", &["jpg", "jpeg"], &[(0, &[0xff, 0xd8, 0xff])]) },
    Format { extent: Some(extents::gif), ..plain("gif", "GIF image", "image", &["gif"], &[(0, b"GIF87a"), (0, b"GIF89a")]) },
    Format {
        check: Some(shapes::webp),
        extent: Some(extents::riff),
        ..plain("webp", "WebP image", "image", &["webp"], &[(0, b"RIFF")])
    },
    Format { check: Some(shapes::bmp), ..plain("bmp", "BMP image", "image", &["bmp", "dib"], &[(0, b"BM")]) },
    Format {
        check: Some(shapes::ico),
        ..plain("ico", "Windows icon", "image", &["ico", "cur"], &[(0, &[0, 0, 1, 0]), (0, &[0, 0, 2, 0])])
    },
    plain("tiff", "TIFF image", "image", &["tif", "tiff"], &[(0, b"II*\0"), (0, b"MM\0*")]),
    Format { extent: Some(extents::riff), ..plain("riff", "RIFF media (wav, avi)", "media", &["wav", "avi"], &[(0, b"RIFF")]) },
    plain("mp3", "MP3 audio", "media", &["mp3"], &[(0, b"ID3"), (0, &[0xff, 0xfb])]),
    plain("ogg", "Ogg media", "media", &["ogg", "oga", "ogv", "opus"], &[(0, b"OggS")]),
    plain("flac", "FLAC audio", "media", &["flac"], &[(0, b"fLaC")]),
    plain("mp4", "MPEG-4 media", "media", &["mp4", "m4a", "mov"], &[(4, b"ftyp")]),
    plain("matroska", "Matroska media", "media", &["mkv", "webm"], &[(0, &[0x1a, 0x45, 0xdf, 0xa3])]),
    plain(
        "font",
        "TrueType or OpenType font",
        "font",
        &["ttf", "otf", "ttc", "woff", "woff2"],
        &[(0, &[0, 1, 0, 0, 0]), (0, b"OTTO\0"), (0, b"ttcf\0"), (0, b"wOFF"), (0, b"wOF2")],
    ),
    // Data.
    Format {
        extent: Some(extents::sqlite),
        ..plain("sqlite", "SQLite database", "data", &["db", "sqlite", "sqlite3"], &[(0, b"SQLite format 3\0")])
    },
    Format { check: Some(shapes::pickle), ..plain("pickle", "Python pickle", "data", &["pkl", "pickle"], &[(0, &[0x80])]) },
    plain("npy", "NumPy array", "data", &["npy"], &[(0, b"\x93NUMPY")]),
    plain("hdf5", "HDF5 data", "data", &["h5", "hdf5"], &[(0, b"\x89HDF\r\n\x1a\n")]),
    plain(
        "gettext",
        "gettext catalogue",
        "data",
        &["mo", "gmo"],
        &[(0, &[0xde, 0x12, 0x04, 0x95]), (0, &[0x95, 0x04, 0x12, 0xde])],
    ),
    plain("lnk", "Windows shortcut", "data", &["lnk"], &[(0, &[0x4c, 0, 0, 0, 1, 0x14, 2, 0])]),
    // Keys and certificates.
    Format {
        handled: "its kind and fingerprint",
        not_handled: "",
        ..plain("pem", "PEM key or certificate", "key", &["pem", "crt", "cer", "key", "asc"], &[(0, b"-----BEGIN ")])
    },
    Format { check: Some(shapes::der_key), ..plain("der-key", "DER private key", "key", &["der", "p8", "key"], &[(0, &[0x30])]) },
    Format {
        check: Some(shapes::der),
        ..plain(
            "der",
            "DER certificate or signature",
            "key",
            &["der", "cer", "crt", "p7s", "p7b", "rsa"],
            &[(0, &[0x30, 0x82]), (0, &[0x30, 0x83])],
        )
    },
    // What only a closer look tells.
    Format {
        name: "tar",
        title: "tar archive",
        group: "archive",
        hints: &["tar", "gem"],
        handled: "v7, ustar, pax and GNU; long names, base-256 numbers, every member type; links are recorded, never followed",
        not_handled: "holes of sparse members, members that continue in another volume",
        check: Some(tar::check),
        open: Some(tar::open),
        ..NONE
    },
    Format {
        name: "zlib",
        title: "zlib stream",
        group: "compression",
        hints: &["zlib", "zz"],
        handled: "one stream and its checksum",
        not_handled: "preset dictionaries",
        check: Some(zlib::check),
        open: Some(zlib::open),
        ..NONE
    },
    Format {
        name: "utf-16",
        title: "text in UTF-16",
        group: "text",
        handled: "both byte orders; the text in UTF-8 becomes a layer",
        not_handled: "UTF-32",
        check: Some(utf16::check),
        open: Some(utf16::open),
        ..NONE
    },
    // Programs as text.
    text(
        "python",
        "Python",
        "code",
        &[
            "py",
            "pyw",
            "pyi",
            "pyx",
            "pxd",
            "wsgi",
            "setup.py",
            "conftest.py",
            "__init__.py",
            "__main__.py",
            "sitecustomize.py",
            "usercustomize.py",
        ],
    ),
    text("pth", "Python path file, whose import lines run at every start", "code", &["pth"]),
    text(
        "javascript",
        "JavaScript",
        "code",
        &["js", "mjs", "cjs", "jsx", "es6", "install.js", "preinstall.js", "postinstall.js", "gulpfile.js", "gruntfile.js"],
    ),
    text("typescript", "TypeScript", "code", &["ts", "tsx", "mts", "cts"]),
    text(
        "shell",
        "Shell",
        "code",
        &[
            "sh",
            "bash",
            "zsh",
            "ksh",
            "fish",
            "command",
            "install.sh",
            "configure",
            "config.guess",
            "config.sub",
            "postinst",
            "preinst",
            "prerm",
            "postrm",
            ".bashrc",
            ".bash_profile",
            ".profile",
            ".zshrc",
        ],
    ),
    text("powershell", "PowerShell", "code", &["ps1", "psm1", "psd1", "install.ps1"]),
    text("batch", "Windows batch file", "code", &["bat", "cmd"]),
    text("vbscript", "VBScript", "code", &["vbs", "vbe", "vba", "bas", "hta", "wsf"]),
    text("perl", "Perl", "code", &["pl", "pm", "t", "al"]),
    text("ruby", "Ruby", "code", &["rb", "rake", "gemspec", "rbw", "ru", "gemfile", "rakefile", "extconf.rb", "vagrantfile"]),
    text("php", "PHP", "code", &["php", "phtml", "php5", "phar", "inc"]),
    text("c", "C", "code", &["c", "h"]),
    text("cpp", "C++", "code", &["cc", "cpp", "cxx", "hpp", "hh", "hxx", "ipp", "inl", "cu"]),
    text("objective-c", "Objective-C", "code", &["m", "mm"]),
    text("assembly", "Assembly", "code", &["s", "asm"]),
    text("go", "Go", "code", &["go"]),
    text("rust", "Rust", "code", &["rs", "build.rs"]),
    text("java", "Java", "code", &["java"]),
    text("kotlin", "Kotlin", "code", &["kt", "kts"]),
    text("groovy", "Groovy", "code", &["groovy", "gradle", "build.gradle", "jenkinsfile"]),
    text("scala", "Scala", "code", &["scala", "sc"]),
    text("swift", "Swift", "code", &["swift"]),
    text("csharp", "C#", "code", &["cs", "csx"]),
    text("lua", "Lua", "code", &["lua"]),
    text("sql", "SQL", "code", &["sql"]),
    text("html", "HTML", "code", &["html", "htm", "xhtml", "vue", "svelte"]),
    text(
        "makefile",
        "Makefile",
        "code",
        &["mk", "mak", "am", "makefile", "gnumakefile", "makefile.am", "makefile.in", "rules", "justfile"],
    ),
    text("m4", "m4 and Autoconf", "code", &["m4", "ac", "configure.ac", "configure.in"]),
    text("cmake", "CMake", "code", &["cmake", "cmakelists.txt"]),
    text("meson", "Meson", "code", &["meson.build"]),
    text("dockerfile", "Dockerfile", "code", &["dockerfile", "containerfile"]),
    // Other texts.
    Format { group: "image", ..text("svg", "SVG image", "image", &["svg"]) },
    text(
        "xml",
        "XML",
        "data",
        &[
            "xml",
            "xsd",
            "xsl",
            "xslt",
            "plist",
            "nuspec",
            "csproj",
            "props",
            "targets",
            "pom",
            "pom.xml",
            "plugin.xml",
            "androidmanifest.xml",
            "extension.vsixmanifest",
        ],
    ),
    text(
        "json",
        "JSON",
        "data",
        &[
            "json",
            "json5",
            "jsonc",
            "map",
            "ipynb",
            "webmanifest",
            "package.json",
            "package-lock.json",
            "composer.json",
            "manifest.json",
            "metadata.json",
            "tasks.json",
            "launch.json",
            "gyp",
            "gypi",
            "binding.gyp",
        ],
    ),
    text("yaml", "YAML", "data", &["yaml", "yml", "action.yml"]),
    text("toml", "TOML", "data", &["toml", "cargo.toml", "cargo.toml.orig", "pyproject.toml", "cargo.lock"]),
    text(
        "ini",
        "INI settings",
        "data",
        &[
            "ini",
            "cfg",
            "setup.cfg",
            "tox.ini",
            "desktop",
            "service",
            "properties",
            "pom.properties",
            "npmrc",
            ".npmrc",
            ".pypirc",
            "entry_points.txt",
        ],
    ),
    text("css", "Style sheet", "text", &["css", "scss", "less", "sass"]),
    text("markdown", "Markdown", "text", &["md", "markdown", "mdx"]),
    text("rst", "reStructuredText", "text", &["rst"]),
    Format {
        handled: "searched for patterns and payload layers",
        ..text("text", "plain text", "text", &["txt", "text", "log", "csv", "tsv"])
    },
    Format { name: "empty", title: "no bytes", handled: "", not_handled: "", ..NONE },
    Format {
        name: "data",
        title: "bytes of no known format",
        handled: "searched for patterns and payload layers",
        not_handled: "",
        ..NONE
    },
];

#[cfg(test)]
mod tests;
