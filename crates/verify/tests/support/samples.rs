//! Valid samples of every format, made from a seed, in many sizes and with many features.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

use std::io::Write;

use flate2::{Compression, Crc, GzBuilder, write::ZlibEncoder};
use object::write::{Object, Relocation, Symbol, SymbolSection};

/// SplitMix64: the same seed gives the same samples on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    /// A number below one of the bounds.
    fn up_to(&mut self, bounds: &[u64]) -> u64 {
        let bound = bounds[self.below(bounds.len() as u64) as usize];
        self.below(bound)
    }

    /// Words in three scripts.
    pub fn words(&mut self, count: u64) -> String {
        const WORDS: [&str; 12] = [
            "clean",
            "point",
            "restore",
            "データ",
            "復元",
            "検証",
            "naïve",
            "Straße",
            "x",
            "boundary",
            "ログ",
            "container",
        ];
        (0..count).map(|_| WORDS[self.below(12) as usize]).collect::<Vec<_>>().join(" ")
    }

    fn size(&mut self) -> usize {
        let scale = [200, 3_000, 20_000, 120_000][self.below(4) as usize];
        1 + self.below(scale) as usize
    }

    /// Compressible and incompressible stretches.
    fn data(&mut self) -> Vec<u8> {
        let mut data = Vec::new();
        let size = self.size();
        while data.len() < size {
            if self.below(2) == 0 {
                data.extend(self.words(40).into_bytes());
            } else {
                let count = self.below(2000) as usize;
                data.extend(self.bytes(count));
            }
        }
        data
    }
}

pub const KINDS: [&str; 9] = ["txt", "json", "yaml", "sqlite", "gz", "zip", "png", "pdf", "elf"];

/// The path under which a sample lies: its name is evidence of its format.
pub fn path(kind: &str) -> String {
    if kind == "elf" { "/usr/lib/module".to_string() } else { format!("/srv/sample.{kind}") }
}

pub fn make(kind: &str, random: &mut Random) -> Vec<u8> {
    match kind {
        "txt" => text(random),
        "json" => json(random),
        "yaml" => yaml(random),
        "sqlite" => sqlite(random),
        "gz" => gzip(random),
        "zip" => zip(random),
        "png" => png(random),
        "pdf" => pdf(random),
        "elf" => elf(random),
        other => panic!("no sample of {other}"),
    }
}

fn text(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    for _ in 0..1 + random.below(800) {
        let count = random.below(14);
        text.push_str(&random.words(count));
        text.push_str(["\n", "\r\n", "\t\n"][random.below(3) as usize]);
    }
    text.push_str("end\n");
    match random.below(4) {
        0 => [&b"\xff\xfe"[..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat(),
        1 => [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat(),
        _ => text.into_bytes(),
    }
}

fn json(random: &mut Random) -> Vec<u8> {
    if random.below(5) == 0 {
        let lines = 1 + random.below(200);
        return (0..lines).map(|_| format!("{}\n", json_value(random, 3))).collect::<String>().into_bytes();
    }
    let items = 1 + random.up_to(&[4, 40, 1500]);
    let value = serde_json::Value::Array((0..items).map(|_| json_value(random, 4)).collect());
    if random.below(2) == 0 { serde_json::to_vec(&value).unwrap() } else { serde_json::to_vec_pretty(&value).unwrap() }
}

fn json_value(random: &mut Random, depth: u64) -> serde_json::Value {
    use serde_json::Value;
    match random.below(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => Value::from(random.next() as i64),
        3 => Value::from(random.below(1_000_000) as f64 * 1e-12),
        4 => Value::from(format!("{}\"\\\u{7}", random.words(3))),
        5 => (0..random.below(6)).map(|_| json_value(random, depth - 1)).collect(),
        _ => Value::Object((0..random.below(6)).map(|n| (format!("key {n}"), json_value(random, depth - 1))).collect()),
    }
}

fn yaml(random: &mut Random) -> Vec<u8> {
    let mut text = String::from("# settings\n");
    for document in 0..1 + random.below(3) {
        text.push_str("---\n");
        text.push_str(&format!("base: &base{document}\n  kind: {}\n  port: {}\n", random.words(1), random.below(9999)));
        for item in 0..1 + random.below(400) {
            let value = random.words(3);
            match random.below(6) {
                0 => text.push_str(&format!("item{item}: {{a: [1, 2.5, ~], \"b\": '{value}'}}\n")),
                1 => text.push_str(&format!("item{item}: |\n  {value}\n\n  {value}\n")),
                2 => text.push_str(&format!("item{item}: >-\n  {value}\n  {value}\n")),
                3 => text.push_str(&format!("item{item}:\n  - {value}\n  - <<: *base{document}\n    x: !!str 7\n")),
                4 => text.push_str(&format!("item{item}: \"{value}\\n\\u00e9\" # {value}\n")),
                _ => text.push_str(&format!("item{item}:\n  {value}: {}\n", random.next())),
            }
        }
    }
    text.into_bytes()
}

/// Tables with and without row ids, indices (partial, unique, on expressions), generated columns, foreign
/// keys, full-text search, overflow pages, free pages, both text encodings, several page sizes.
pub fn sqlite(random: &mut Random) -> Vec<u8> {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let page = [512, 1024, 4096, 4096, 8192, 65536][random.below(6) as usize];
    let encoding = ["UTF-8", "UTF-16le"][random.below(2) as usize];
    let vacuum = ["NONE", "FULL", "INCREMENTAL"][random.below(3) as usize];
    connection
        .execute_batch(&format!(
            "PRAGMA page_size={page}; PRAGMA encoding='{encoding}'; PRAGMA auto_vacuum={vacuum}; PRAGMA foreign_keys=ON;
             CREATE TABLE owner(id INTEGER PRIMARY KEY, name TEXT NOT NULL, length AS (length(name)) STORED);
             CREATE TABLE item(a TEXT, b INT, c BLOB, owner INT REFERENCES owner(id), PRIMARY KEY(a, b)) WITHOUT ROWID;
             CREATE TABLE log(at REAL, line TEXT CHECK(length(line) > 0));
             CREATE INDEX log_at ON log(at) WHERE at > 100; CREATE INDEX log_lower ON log(lower(line));
             CREATE UNIQUE INDEX owner_name ON owner(name, id); CREATE VIEW v AS SELECT * FROM log;
             CREATE TRIGGER t AFTER DELETE ON log BEGIN DELETE FROM log WHERE at < 0; END;"
        ))
        .unwrap();
    if random.below(3) == 0 {
        connection.execute_batch("CREATE VIRTUAL TABLE search USING fts5(body);").unwrap();
        for _ in 0..20 {
            connection.execute("INSERT INTO search VALUES(?1)", [random.words(30)]).unwrap();
        }
    }
    connection.execute_batch("BEGIN").unwrap();
    let rows = random.up_to(&[5, 60, 700]);
    for row in 0..rows as i64 {
        connection.execute("INSERT INTO owner(id, name) VALUES(?1, ?2)", (row, random.words(2))).unwrap();
        let count = random.below(if row % 50 == 7 { 9000 } else { 60 }) as usize;
        let blob = random.bytes(count);
        connection.execute("INSERT INTO item VALUES(?1, ?2, ?3, ?4)", (random.words(1), row, blob, row)).unwrap();
        connection.execute("INSERT INTO log VALUES(?1, ?2)", (random.below(1000) as f64, random.words(9))).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    if random.below(2) == 0 {
        connection.execute_batch("DELETE FROM log WHERE at < 500").unwrap();
    }
    let mut bytes = connection.serialize("main").unwrap().to_vec();
    if random.below(3) == 0 {
        // Write-ahead mode, checkpointed.
        bytes[18..20].fill(2);
    }
    bytes
}

pub fn gzip(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    for member in 0..1 + random.below(3) {
        let mut header = GzBuilder::new().mtime(random.next() as u32);
        if random.below(2) == 0 {
            header = header.filename(format!("member{member}")).comment("a comment").extra(vec![1, 2, 3]);
        }
        let level = Compression::new(random.below(10) as u32);
        let mut encoder = header.write(Vec::new(), level);
        encoder.write_all(&random.data()).unwrap();
        out.extend(encoder.finish().unwrap());
    }
    if random.below(5) == 0 {
        out.extend(vec![0; 512]);
    }
    out
}

pub fn zip(random: &mut Random) -> Vec<u8> {
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for entry in 0..random.below(12) + 1 {
        let method = [CompressionMethod::Stored, CompressionMethod::Deflated][random.below(2) as usize];
        let options = SimpleFileOptions::default().compression_method(method).unix_permissions(0o644);
        match random.below(6) {
            0 => writer.add_directory(format!("フォルダ{entry}/"), options).unwrap(),
            1 => {
                writer.start_file(format!("inner{entry}.zip"), options).unwrap();
                let mut inner = ZipWriter::new(std::io::Cursor::new(Vec::new()));
                inner.start_file("x", options).unwrap();
                inner.write_all(&random.data()).unwrap();
                writer.write_all(&inner.finish().unwrap().into_inner()).unwrap();
            }
            2 => writer.start_file(format!("empty{entry}"), options).unwrap(),
            _ => {
                writer.start_file(format!("dir/file{entry}.bin"), options.large_file(random.below(3) == 0)).unwrap();
                writer.write_all(&random.data()).unwrap();
            }
        }
    }
    if random.below(3) == 0 {
        writer.set_comment("a comment").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn png(random: &mut Random) -> Vec<u8> {
    use png::{BitDepth, ColorType, Encoder};
    if random.below(4) == 0 {
        return interlaced(random);
    }
    let (color, depth, bits) = [
        (ColorType::Grayscale, BitDepth::One, 1_usize),
        (ColorType::Grayscale, BitDepth::Sixteen, 16),
        (ColorType::Rgb, BitDepth::Eight, 24),
        (ColorType::Rgba, BitDepth::Eight, 32),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, 16),
        (ColorType::Indexed, BitDepth::Four, 4),
    ][random.below(6) as usize];
    let (width, height) = (1 + random.below(160) as u32, 1 + random.below(160) as u32);
    let frames = if random.below(5) == 0 { 1 + random.below(4) as u32 } else { 0 };
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette(random.bytes(48));
    }
    if frames > 0 {
        encoder.set_animated(frames, 0).unwrap();
    }
    encoder.add_text_chunk("Title".to_string(), "a sample".to_string()).unwrap();
    let mut writer = encoder.write_header().unwrap();
    let bytes = (width as usize * bits).div_ceil(8) * height as usize;
    for _ in 0..frames.max(1) {
        writer.write_image_data(&random.bytes(bytes)).unwrap();
    }
    writer.finish().unwrap();
    out
}

/// Adam7 by hand, grey with eight bits: the encoder writes none. Source: PNG Specification, section 8.1.
fn interlaced(random: &mut Random) -> Vec<u8> {
    let (width, height) = (1 + random.below(90) as usize, 1 + random.below(90) as usize);
    let mut rows = Vec::new();
    for (x, y, dx, dy) in
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    {
        let columns = (x..width).step_by(dx).count();
        for _ in (y..height).step_by(dy).filter(|_| columns > 0) {
            rows.push(0);
            rows.extend(random.bytes(columns));
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&rows).unwrap();
    let data = encoder.finish().unwrap();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&(width as u32).to_be_bytes()[..], &(height as u32).to_be_bytes(), &[8, 0, 0, 0, 1]].concat();
    let half = data.len() / 2;
    for (kind, body) in [(b"IHDR", &header[..]), (b"IDAT", &data[..half]), (b"IDAT", &data[half..]), (b"IEND", &[])] {
        out.extend((body.len() as u32).to_be_bytes());
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(body);
        out.extend(kind);
        out.extend(body);
        out.extend(crc.sum().to_be_bytes());
    }
    out
}

pub fn pdf(random: &mut Random) -> Vec<u8> {
    use lopdf::{Document, Object, Stream, dictionary};
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" });
    let mut pages: Vec<Object> = Vec::new();
    for _ in 0..1 + random.below(12) {
        let lines = 1 + random.below(60);
        let text: String = (0..lines)
            .map(|_| format!("BT /F1 9 Tf 20 {} Td (line {}) Tj ET\n", random.below(800), random.next()))
            .collect();
        let content = document.add_object(Stream::new(dictionary! {}, text.into_bytes()));
        let count = random.below(3000) as usize;
        let mut image = Stream::new(
            dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1 },
            random.bytes(count),
        );
        image.allows_compression = random.below(4) > 0;
        let image = document.add_object(image);
        pages.push(
            document
                .add_object(dictionary! {
                    "Type" => "Page", "Parent" => tree, "Contents" => content, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
                    "Resources" => dictionary! { "Font" => dictionary! { "F1" => font }, "XObject" => dictionary! { "I" => image } },
                })
                .into(),
        );
    }
    let count = pages.len() as i64;
    document
        .objects
        .insert(tree, Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => pages, "Count" => count }));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    if random.below(5) > 0 {
        document.compress();
    }
    let mut out = Vec::new();
    if random.below(2) == 0 {
        document.save_to(&mut out).unwrap()
    } else {
        document.save_modern(&mut out).unwrap()
    }
    out
}

/// Relocatable objects, as kernel modules are, of several machines and both byte orders.
pub fn elf(random: &mut Random) -> Vec<u8> {
    use object::{
        Architecture, BinaryFormat, Endianness, RelocationFlags, SectionKind, SymbolFlags, SymbolKind, SymbolScope, elf,
    };
    let (architecture, endian, relocation) = [
        (Architecture::X86_64, Endianness::Little, elf::R_X86_64_64),
        (Architecture::Aarch64, Endianness::Little, elf::R_AARCH64_ABS64),
        (Architecture::I386, Endianness::Little, elf::R_386_32),
        (Architecture::PowerPc64, Endianness::Big, elf::R_PPC64_ADDR64),
    ][random.below(4) as usize];
    let mut object = Object::new(BinaryFormat::Elf, architecture, endian);
    let text = object.section_id(object::write::StandardSection::Text);
    let data = object.section_id(object::write::StandardSection::Data);
    for number in 0..1 + random.below(300) {
        let size = 16 + random.below(200);
        let name = format!("function_{number}_{}", random.words(1)).into_bytes();
        let symbol = object.add_symbol(Symbol {
            name,
            value: 0,
            size: 0,
            kind: if number % 3 == 0 { SymbolKind::Data } else { SymbolKind::Text },
            scope: if number % 5 == 0 { SymbolScope::Compilation } else { SymbolScope::Linkage },
            weak: number % 7 == 0,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        let section = if number % 3 == 0 { data } else { text };
        let body = random.bytes(size as usize);
        let offset = object.add_symbol_data(symbol, section, &body, 8);
        if random.below(2) == 0 {
            let flags = RelocationFlags::Elf { r_type: relocation };
            object.add_relocation(section, Relocation { offset: offset + 8, symbol, addend: 0, flags }).unwrap();
        }
    }
    let note = object.add_section(Vec::new(), b".comment".to_vec(), SectionKind::OtherString);
    object.append_section_data(note, b"\0a compiler\0", 1);
    object.write().unwrap()
}
