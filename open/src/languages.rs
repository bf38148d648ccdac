//! Which language a text is written in, by its first line or by its look. Cautious: what is not plain stays text.

use memchr::memmem;

/// The language of the interpreter in the first line.
pub(crate) fn shebang(head: &[u8]) -> Option<&'static str> {
    let line = head.strip_prefix(b"#!")?;
    let line = line.get(..memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len().min(256)))?;
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    let mut program = base(words.next()?);
    if program == b"env" {
        // Options of env and assignments stand before the program.
        program = base(words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='))?);
    }
    let version = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let letters = program.iter().position(version).unwrap_or(program.len());
    let name = std::str::from_utf8(program.get(..letters)?).ok()?;
    Some(match name.trim_end_matches(".exe") {
        "python" | "pythonw" | "pypy" | "uv" => "python",
        "node" | "nodejs" | "bun" | "deno" | "osascript" | "gjs" => "javascript",
        "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" | "busybox" | "fish" | "mksh" | "rbash" => "shell",
        "pwsh" | "powershell" => "powershell",
        "perl" => "perl",
        "ruby" | "jruby" => "ruby",
        "php" => "php",
        "lua" | "luajit" => "lua",
        "make" | "gmake" => "makefile",
        "ts" if program.starts_with(b"ts-node") => "typescript",
        "tsx" => "typescript",
        _ => return None,
    })
}

fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default()
}

/// A word that speaks for a language where a line begins with it.
struct Sign {
    language: &'static str,
    word: &'static [u8],
    /// What must stand further on in the same line; empty where nothing need.
    and: &'static [u8],
    weight: u32,
}

const fn sign(language: &'static str, word: &'static str, and: &'static str, weight: u32) -> Sign {
    Sign { language, word: word.as_bytes(), and: and.as_bytes(), weight }
}

/// Weight from which a language is believed.
const WEIGHT_MIN: u32 = 4;

/// Weight that the first language must have over the second.
const LEAD_MIN: u32 = 2;

static SIGNS: &[Sign] = &[
    sign("python", "import ", "", 2),
    sign("python", "from ", " import ", 4),
    sign("python", "def ", "):", 4),
    sign("python", "def ", ") ->", 4),
    sign("python", "class ", "):", 4),
    sign("python", "class ", ":", 2),
    sign("python", "elif ", ":", 3),
    sign("python", "if __name__ ==", "", 4),
    sign("python", "except", ":", 3),
    sign("python", "try:", "", 3),
    sign("python", "with ", " as ", 2),
    sign("python", "print(", "", 2),
    sign("python", "exec(", "", 2),
    sign("python", "for ", ":", 2),
    sign("python", "async def ", ":", 4),
    sign("python", "__import__(", "", 4),
    sign("python", "os.", "(", 2),
    sign("python", "subprocess.", "(", 3),
    sign("python", "requests.", "(", 3),
    sign("python", "urllib.request.", "(", 4),
    sign("python", "base64.b64decode(", "", 3),
    sign("python", "_ = lambda", "", 4),
    sign("javascript", "const ", "=", 2),
    sign("javascript", "const ", "require(", 3),
    sign("javascript", "let ", "=", 2),
    sign("javascript", "var ", "=", 2),
    sign("javascript", "var _0x", "=", 4),
    sign("javascript", "function ", "{", 2),
    sign("javascript", "function(", "{", 2),
    sign("javascript", "(function", "{", 4),
    sign("javascript", "!function", "{", 4),
    sign("javascript", "(()", "=>", 4),
    sign("javascript", "(async", "=>", 4),
    sign("javascript", "async function", "{", 4),
    sign("javascript", "module.exports", "=", 4),
    sign("javascript", "exports.", "=", 3),
    sign("javascript", "\"use strict\"", "", 4),
    sign("javascript", "'use strict'", "", 4),
    sign("javascript", "import ", " from '", 4),
    sign("javascript", "import ", " from \"", 4),
    sign("javascript", "import {", "", 2),
    sign("javascript", "export ", "", 2),
    sign("javascript", "console.log(", "", 3),
    sign("javascript", "require(", "", 3),
    sign("javascript", "});", "", 2),
    sign("javascript", "eval(", "", 2),
    sign("shell", "fi", "", 1),
    sign("shell", "done", "", 1),
    sign("shell", "esac", "", 4),
    sign("shell", "if [", "then", 4),
    sign("shell", "if [", "]", 3),
    sign("shell", "then", "", 2),
    sign("shell", "export ", "=", 2),
    sign("shell", "echo ", "", 2),
    sign("shell", "set -e", "", 4),
    sign("shell", "curl ", "| sh", 4),
    sign("shell", "curl ", "| bash", 4),
    sign("shell", "wget ", "", 2),
    sign("shell", "curl ", "", 2),
    sign("shell", "sudo ", "", 2),
    sign("shell", "chmod ", "", 3),
    sign("shell", "mkdir -p ", "", 2),
    sign("shell", "bash -i ", "", 4),
    sign("shell", "while ", "; do", 4),
    sign("shell", "for ", "; do", 4),
    sign("powershell", "param(", "", 2),
    sign("powershell", "param (", "", 2),
    sign("powershell", "function ", "-", 1),
    sign("powershell", "$", " = New-Object", 4),
    sign("powershell", "$", " = [System.", 4),
    sign("powershell", "$ErrorActionPreference", "=", 4),
    sign("powershell", "$", " = Get-", 4),
    sign("powershell", "Write-Host", "", 4),
    sign("powershell", "Import-Module ", "", 4),
    sign("powershell", "Invoke-", "", 4),
    sign("powershell", "IEX", "(", 4),
    sign("powershell", "Set-StrictMode", "", 4),
    sign("batch", "@echo off", "", 4),
    sign("batch", "@ECHO OFF", "", 4),
    sign("batch", "setlocal", "", 3),
    sign("batch", "goto :", "", 3),
    sign("batch", "if exist ", "", 3),
    sign("batch", "set ", "=%", 3),
    sign("php", "<?php", "", 6),
    sign("php", "<?=", "", 6),
    sign("perl", "use strict;", "", 4),
    sign("perl", "use warnings;", "", 4),
    sign("perl", "my $", "=", 3),
    sign("perl", "my (", "@_", 4),
    sign("perl", "sub ", "{", 2),
    sign("ruby", "require '", "", 4),
    sign("ruby", "require \"", "", 2),
    sign("ruby", "require_relative ", "", 4),
    sign("ruby", "module ", "", 1),
    sign("ruby", "end", "", 1),
    sign("ruby", "def ", "", 1),
    sign("ruby", "puts ", "", 2),
    sign("c", "#include <", ">", 4),
    sign("c", "#include \"", ".h\"", 4),
    sign("c", "#ifndef ", "", 2),
    sign("c", "#define ", "", 2),
    sign("c", "int main(", "", 4),
    sign("c", "static ", "(", 1),
    sign("c", "typedef ", "", 2),
    sign("cpp", "namespace ", "{", 2),
    sign("cpp", "using namespace ", ";", 4),
    sign("cpp", "template<", ">", 4),
    sign("cpp", "template <", ">", 4),
    sign("cpp", "#include <iostream>", "", 2),
    sign("cpp", "std::", "", 2),
    sign("go", "package main", "", 6),
    sign("go", "import (", "", 3),
    sign("go", "func ", "{", 3),
    sign("rust", "use std::", ";", 4),
    sign("rust", "use crate::", ";", 4),
    sign("rust", "fn ", "{", 2),
    sign("rust", "pub fn ", "", 4),
    sign("rust", "impl ", "{", 3),
    sign("rust", "impl<", "{", 4),
    sign("rust", "#[", "]", 2),
    sign("rust", "let mut ", "=", 4),
    sign("java", "import java.", ";", 4),
    sign("java", "import org.", ";", 3),
    sign("java", "package ", ";", 2),
    sign("java", "public class ", "", 3),
    sign("java", "public final class ", "", 4),
    sign("java", "public static void main(", "", 4),
    sign("csharp", "using System", ";", 4),
    sign("csharp", "public class ", "", 1),
    sign("lua", "local ", "= require", 4),
    sign("lua", "local function ", ")", 4),
    sign("lua", "local ", "=", 1),
    sign("html", "<!DOCTYPE html", "", 6),
    sign("html", "<!doctype html", "", 6),
    sign("html", "<html", "", 6),
    sign("html", "<script", "", 4),
    sign("html", "<body", "", 3),
    sign("xml", "<?xml ", "", 5),
    sign("svg", "<svg ", "", 8),
    sign("dockerfile", "FROM ", "", 2),
    sign("dockerfile", "RUN ", "", 3),
    sign("dockerfile", "ENTRYPOINT ", "", 3),
    sign("m4", "AC_INIT(", "", 6),
    sign("m4", "AC_DEFUN(", "", 6),
    sign("m4", "AC_", "(", 2),
    sign("m4", "dnl ", "", 3),
    sign("makefile", ".PHONY:", "", 6),
    sign("toml", "[package]", "", 4),
    sign("toml", "[dependencies]", "", 4),
    sign("yaml", "---", "", 1),
];

/// Most lines that are looked at.
const LINES_MAX: usize = 400;

/// Most bytes of a line that are looked at.
const LINE_BYTES_MAX: usize = 400;

/// The language that a text looks like.
pub(crate) fn guess(head: &[u8]) -> Option<&'static str> {
    if looks_like_json(head) {
        return Some("json");
    }
    // Descriptions of Python packages and manual pages quote programs.
    if head.starts_with(b"Metadata-Version:") {
        return None;
    }
    if [b".\\\"".as_slice(), b"'\\\"", b".TH "].iter().any(|mark| head.starts_with(mark)) {
        return None;
    }
    let mut weights: Vec<(&'static str, u32)> = Vec::new();
    for line in head.split(|byte| *byte == b'\n').take(LINES_MAX) {
        let line = line.get(..line.len().min(LINE_BYTES_MAX)).unwrap_or_default().trim_ascii_start();
        let Some(first) = line.first() else { continue };
        // Statements that stand behind a semicolon on one line count like those at its start.
        let mut said: Vec<&'static str> = Vec::new();
        for sign in SIGNS.iter().filter(|sign| sign.word.first() == Some(first)) {
            let Some(after) = line.strip_prefix(sign.word) else { continue };
            let bounded = ends_word(sign.word, after);
            if bounded && (sign.and.is_empty() || memmem::find(after, sign.and).is_some()) && !said.contains(&sign.language) {
                said.push(sign.language);
                add(&mut weights, sign.language, strongest(sign.language, line));
            }
        }
    }
    let best = weights.iter().max_by_key(|(_, weight)| *weight).copied()?;
    let second = weights.iter().filter(|(language, _)| *language != best.0).map(|(_, weight)| *weight).max().unwrap_or_default();
    (best.1 >= WEIGHT_MIN && best.1 >= second.saturating_add(LEAD_MIN)).then_some(best.0)
}

/// The weight of the heaviest sign of a language on this line.
fn strongest(language: &str, line: &[u8]) -> u32 {
    let fits = |sign: &&Sign| {
        let after = line.strip_prefix(sign.word);
        after.is_some_and(|after| ends_word(sign.word, after) && (sign.and.is_empty() || memmem::find(after, sign.and).is_some()))
    };
    SIGNS.iter().filter(|sign| sign.language == language).filter(fits).map(|sign| sign.weight).max().unwrap_or_default()
}

/// A word of letters must end where it ends: `fi` is not `file`.
fn ends_word(word: &[u8], after: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let open = matches!(word.last(), Some(b'-' | b'.' | b'(' | b'$' | b':' | b'[' | b'_' | b'x'));
    open || !(word.last().is_some_and(letter) && after.first().is_some_and(letter))
}

fn add(weights: &mut Vec<(&'static str, u32)>, language: &'static str, weight: u32) {
    match weights.iter_mut().find(|(known, _)| *known == language) {
        Some((_, sum)) => *sum = sum.saturating_add(weight),
        None => weights.push((language, weight)),
    }
}

/// Whether a text opens as an object or a list of JSON does.
fn looks_like_json(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let (first, after) = match head.split_first() {
        Some((first, after)) => (*first, after.trim_ascii_start()),
        None => return false,
    };
    match first {
        b'{' => {
            let key = after
                .strip_prefix(b"\"")
                .and_then(|key| Some(memchr::memchr(b'"', key)?).and_then(|end| key.get(end.checked_add(1)?..)));
            after.starts_with(b"}") || key.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
        }
        b'[' => {
            after.first().is_some_and(|byte| matches!(byte, b'{' | b'"' | b'0'..=b'9' | b']' | b'-'))
                && memmem::find(after, b"](").is_none()
        }
        _ => false,
    }
}
