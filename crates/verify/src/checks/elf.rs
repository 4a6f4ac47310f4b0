//! V3: ELF: headers, segments and sections inside the file; symbols, relocations, dynamic entries, notes
//! and versions that name what exists; the hashes of exported names; the chain of unwind records.
//!
//! ELF has no checksum: changed machine code passes. A signed package's hash is the proof for it.

use model::Rung;
use object::{
    BigEndian, Endianness, LittleEndian, U32,
    elf::{self, FileHeader32, FileHeader64},
    read::{
        Error,
        elf::{
            Dyn as _, FileHeader, ProgramHeader as _, Rel as _, Rela as _, SectionHeader as _, SectionTable, Sym as _,
        },
    },
};

use crate::{Check, Expected, Format, Observed, Reply, format};

/// More sections than this are not followed: tables are looked up in all of them for each. It is what
/// a header can count without the extension for very large object files.
const SECTIONS_MAX: usize = 65_535;
/// Sections of a file hardly ever overlap; a hostile one lets thousands show the same bytes. More than
/// this many times the file is not followed.
const OVERLAP_MAX: u64 = 4;
/// Bytes of names that are looked at: a table of strings can end every name at the same far place.
const NAME_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// The fault that stands for a bound.
const BOUND: &str = "more sections, or more bytes in sections and names, than are followed";

pub(super) struct Elf;

impl Check for Elf {
    fn name(&self) -> &'static str {
        "elf"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Elf)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        let seen = match content.get(4..6) {
            Some([1, _]) => walk::<FileHeader32<Endianness>>(content),
            Some([2, _]) => walk::<FileHeader64<Endianness>>(content),
            _ => return Reply::no("neither a 32-bit nor a 64-bit ELF header"),
        };
        match seen {
            Ok(seen) => Reply::yes(format!(
                "{} segments, {} sections, {} symbols, {} relocations, {} hashes of names, {} unwind records agree",
                seen.segments, seen.sections, seen.symbols, seen.relocations, seen.hashes, seen.unwind
            )),
            Err(cause) if cause.ends_with(BOUND) => Reply::cannot_tell("a validator with a higher bound", BOUND),
            Err(cause) => Reply::no(crate::short(&cause)),
        }
    }
}

#[derive(Default)]
struct Seen {
    segments: usize,
    sections: usize,
    symbols: usize,
    relocations: usize,
    hashes: usize,
    unwind: usize,
}

fn walk<Header: FileHeader<Endian = Endianness>>(content: &[u8]) -> Result<Seen, String> {
    let text = |what: &'static str| move |error: Error| format!("{what}: {error}");
    let header = Header::parse(content).map_err(text("header"))?;
    let endian = header.endian().map_err(text("header"))?;
    let mut file = File::<Header> { content, header, endian, seen: Seen::default(), name_bytes: 0, loaded: Vec::new() };
    file.segments()?;
    let sections = header.sections(endian, content).map_err(text("section headers"))?;
    file.seen.sections = sections.len();
    let held: u64 = sections
        .iter()
        .filter_map(|section| section.file_range(endian))
        .fold(0, |sum, (_, size)| sum.saturating_add(size));
    if sections.len() > SECTIONS_MAX || held > (content.len() as u64).saturating_mul(OVERLAP_MAX) {
        // A size beyond the file is damage, not a bound: the section itself says so.
        let outside = |section: &Header::SectionHeader| section.data(endian, content).is_err();
        if sections.len() > SECTIONS_MAX || !sections.iter().any(outside) {
            return Err(BOUND.to_string());
        }
    }
    for (index, section) in sections.enumerate() {
        let name = sections.section_name(endian, section).map_err(text("section names"))?;
        let wrong = |cause: String| format!("section {} ({}): {cause}", index.0, String::from_utf8_lossy(name));
        file.section(&sections, index, section).map_err(wrong)?;
        if name == b".eh_frame" && section.sh_type(endian) != elf::SHT_NOBITS {
            let data = section.data(endian, content).map_err(|error| wrong(error.to_string()))?;
            file.seen.unwind += unwind_records(data, endian).map_err(wrong)?;
        }
    }
    if file.seen.segments == 0 && file.seen.sections == 0 {
        return Err("neither segments nor sections".to_string());
    }
    Ok(file.seen)
}

struct File<'a, Header: FileHeader<Endian = Endianness>> {
    content: &'a [u8],
    header: &'a Header,
    endian: Endianness,
    seen: Seen,
    name_bytes: u64,
    /// Address ranges that are loaded, with whether they can be executed.
    loaded: Vec<(u64, u64, bool)>,
}

impl<'a, Header: FileHeader<Endian = Endianness>> File<'a, Header> {
    fn segments(&mut self) -> Result<(), String> {
        let endian = self.endian;
        let segments = self.header.program_headers(endian, self.content).map_err(|error| error.to_string())?;
        self.seen.segments = segments.len();
        // A file with its debug information split off keeps the program headers, not what they point to.
        let split_off = self.is_split_off();
        for (index, segment) in segments.iter().enumerate() {
            let kind = segment.p_type(endian);
            let (offset, size): (u64, u64) = segment.file_range(endian);
            let memory: u64 = segment.p_memsz(endian).into();
            let inside = offset.checked_add(size).is_some_and(|end| end <= self.content.len() as u64);
            if !inside && !split_off {
                return Err(format!("segment {index} ends outside the file"));
            }
            if kind == elf::PT_LOAD {
                let address: u64 = segment.p_vaddr(endian).into();
                if memory < size && !split_off {
                    return Err(format!("segment {index} is larger in the file than in memory"));
                }
                let Some(end) = address.checked_add(memory) else {
                    return Err(format!("segment {index} runs over the end of the address space"));
                };
                self.loaded.push((address, end, segment.p_flags(endian).0 & elf::PF_X.0 != 0));
            }
            if kind == elf::PT_INTERP && !split_off {
                let interpreter = segment.interpreter(endian, self.content).map_err(|error| error.to_string())?;
                if !interpreter.is_some_and(|path| path.starts_with(b"/")) {
                    return Err("the interpreter is no absolute path".to_string());
                }
            }
        }
        let entry: u64 = self.header.e_entry(endian).into();
        let kind = self.header.e_type(endian);
        let runs = kind == elf::ET_EXEC || kind == elf::ET_DYN;
        let executable =
            self.loaded.iter().any(|(start, end, executable)| *executable && (*start..*end).contains(&entry));
        if runs && entry != 0 && !executable {
            return Err("the entry point lies outside every executable segment".to_string());
        }
        Ok(())
    }

    fn is_split_off(&self) -> bool {
        let Ok(sections) = self.header.section_headers(self.endian, self.content) else { return false };
        let allocated = |section: &&Header::SectionHeader| {
            section.sh_flags(self.endian).0 & elf::SHF_ALLOC.0 != 0 && section.sh_type(self.endian) != elf::SHT_NOTE
        };
        let mut allocated = sections.iter().filter(allocated).peekable();
        allocated.peek().is_some() && allocated.all(|section| section.sh_type(self.endian) == elf::SHT_NOBITS)
    }

    fn section(
        &mut self,
        sections: &SectionTable<'a, Header>,
        index: object::SectionIndex,
        section: &'a Header::SectionHeader,
    ) -> Result<(), String> {
        let (endian, content) = (self.endian, self.content);
        let text = |error: Error| error.to_string();
        if section.sh_type(endian) == elf::SHT_NULL {
            return Ok(());
        }
        section.data(endian, content).map_err(text)?;
        let align: u64 = section.sh_addralign(endian).into();
        if align > 1 && !align.is_power_of_two() {
            return Err(format!("an alignment of {align}"));
        }
        if section.sh_link(endian) as usize >= sections.len() {
            return Err(format!(
                "it is linked to section {}, and there are {}",
                section.sh_link(endian),
                sections.len()
            ));
        }
        if section.sh_type(endian) == elf::SHT_STRTAB {
            let strings = section.data(endian, content).map_err(text)?;
            if strings.first().is_some_and(|&byte| byte != 0) || strings.last().is_some_and(|&byte| byte != 0) {
                return Err("a table of strings that does not begin and end with NUL".to_string());
            }
        }
        if let Some(symbols) = section.symbols(endian, content, sections, index).map_err(text)? {
            for (number, symbol) in symbols.enumerate() {
                self.name_bytes += symbols.symbol_name(endian, symbol).map_err(text)?.len() as u64;
                if self.name_bytes > NAME_BYTES_MAX {
                    return Err(BOUND.to_string());
                }
                let place = symbol.st_shndx(endian);
                if place.0 < elf::SHN_LORESERVE && usize::from(place.0) >= sections.len() {
                    return Err(format!("symbol {} lies in section {}", number.0, place.0));
                }
            }
            self.seen.symbols += symbols.len();
        }
        self.relocations(sections, section)?;
        self.tables(sections, section)
    }

    fn relocations(
        &mut self,
        sections: &SectionTable<'a, Header>,
        section: &'a Header::SectionHeader,
    ) -> Result<(), String> {
        let (endian, content) = (self.endian, self.content);
        let text = |error: Error| error.to_string();
        let is_mips64el = self.header.is_mips64el(endian);
        let mut entries: Vec<(u64, u32)> = Vec::new();
        if let Some((relocations, _)) = section.rel(endian, content).map_err(text)? {
            entries.extend(relocations.iter().map(|entry| (entry.r_offset(endian).into(), entry.r_sym(endian))));
        }
        if let Some((relocations, _)) = section.rela(endian, content).map_err(text)? {
            let entry = |entry: &Header::Rela| (entry.r_offset(endian).into(), entry.r_sym(endian, is_mips64el));
            entries.extend(relocations.iter().map(entry));
        }
        if entries.is_empty() {
            return Ok(());
        }
        // A static program's relocations are linked to no symbol table, and name no symbol.
        let known = match section.link(endian) {
            object::SectionIndex(0) => 0,
            link => {
                let linked = sections.section(link).map_err(text)?;
                linked.symbols(endian, content, sections, link).map_err(text)?.map_or(0, |symbols| symbols.len())
            }
        };
        let target = match (self.loaded.is_empty(), section.sh_info(endian)) {
            (true, info) if info != 0 => sections.section(section.info_link(endian)).ok(),
            _ => None,
        };
        for (offset, symbol) in &entries {
            if *symbol as usize >= known && *symbol != 0 {
                return Err(format!("a relocation names symbol {symbol} of {known}"));
            }
            let inside = match target {
                Some(target) => *offset < target.sh_size(endian).into(),
                None => {
                    self.loaded.is_empty() || self.loaded.iter().any(|(start, end, _)| (*start..*end).contains(offset))
                }
            };
            if !inside {
                return Err(format!("a relocation of address {offset:#x}, which is not loaded"));
            }
        }
        self.seen.relocations += entries.len();
        Ok(())
    }

    fn tables(
        &mut self,
        sections: &SectionTable<'a, Header>,
        section: &'a Header::SectionHeader,
    ) -> Result<(), String> {
        let (endian, content) = (self.endian, self.content);
        let text = |error: Error| error.to_string();
        if let Some((entries, link)) = section.dynamic(endian, content).map_err(text)? {
            let strings = sections.strings(endian, content, link).map_err(text)?;
            for entry in entries.iter().take_while(|entry| entry.d_tag(endian) != elf::DT_NULL) {
                if entry.is_string(endian) {
                    entry.string(endian, strings).map_err(text)?;
                }
            }
        }
        if let Some(mut notes) = section.notes(endian, content).map_err(text)? {
            while notes.next().map_err(text)?.is_some() {}
        }
        if let Some((mut needs, link)) = section.gnu_verneed(endian, content).map_err(text)? {
            let strings = sections.strings(endian, content, link).map_err(text)?;
            while let Some((need, mut names)) = needs.next().map_err(text)? {
                need.file(endian, strings).map_err(text)?;
                while let Some(name) = names.next().map_err(text)? {
                    name.name(endian, strings).map_err(text)?;
                }
            }
        }
        section.compression(endian, content).map_err(text)?;
        if let Some((_, link)) = section.gnu_hash(endian, content).map_err(text)? {
            let data = section.data(endian, content).map_err(text)?;
            let linked = sections.section(link).map_err(text)?;
            let symbols = linked.symbols(endian, content, sections, link).map_err(text)?;
            if let Some(symbols) = symbols {
                let names = symbols.iter().map(|symbol| symbols.symbol_name(endian, symbol).unwrap_or_default());
                let word = if self.header.is_class_64() { 8 } else { 4 };
                self.seen.hashes += name_hashes(data, endian, word, names)?;
            }
        }
        Ok(())
    }
}

fn word(data: &[u8], at: usize, endian: Endianness) -> Option<u32> {
    let bytes = <[u8; 4]>::try_from(data.get(at..at.checked_add(4)?)?).ok()?;
    Some(match endian {
        Endianness::Little => U32::<LittleEndian>::from_bytes(bytes).get(LittleEndian),
        Endianness::Big => U32::<BigEndian>::from_bytes(bytes).get(BigEndian),
    })
}

/// Compares the hash that `.gnu.hash` holds of every exported name with the name's own; the last bit
/// marks the end of a chain. Source: "GNU Hash ELF Sections", A. Roenky and U. Drepper's original mail.
fn name_hashes<'a>(
    data: &[u8],
    endian: Endianness,
    word_bytes: usize,
    names: impl Iterator<Item = &'a [u8]>,
) -> Result<usize, String> {
    let field = |at| word(data, at, endian).map(|value| value as usize).ok_or("cut off".to_string());
    let (buckets, first, bloom) = (field(0)?, field(4)?, field(8)?);
    let chains = bloom
        .checked_mul(word_bytes)
        .and_then(|bytes| bytes.checked_add(16)?.checked_add(buckets.checked_mul(4)?))
        .ok_or("impossible sizes")?;
    let (mut compared, mut hashed) = (0, 0);
    for (place, name) in names.skip(first).enumerate() {
        // A table of no exported name may have no chains at all.
        let Some(stored) = word(data, chains.saturating_add(place * 4), endian) else { break };
        hashed += name.len() as u64;
        if hashed > NAME_BYTES_MAX {
            return Err(BOUND.to_string());
        }
        let hash = name.iter().fold(5381_u32, |hash, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)));
        if hash | 1 != stored | 1 {
            return Err(format!("the hash of the name {} does not fit", String::from_utf8_lossy(name)));
        }
        compared += 1;
    }
    Ok(compared)
}

/// Follows the chain of unwind records: each states its length, and each description names an earlier
/// common record. Source: Linux Standard Base Core 5.0, section 10.6.
fn unwind_records(data: &[u8], endian: Endianness) -> Result<usize, String> {
    let mut common = std::collections::BTreeSet::new();
    let (mut at, mut records) = (0_usize, 0);
    while at < data.len() {
        let Some(length) = word(data, at, endian) else {
            return Err("the chain of unwind records is cut off".to_string());
        };
        // Zero ends the chain; linkers may put another one behind it. 64-bit lengths are not followed.
        if length == 0 {
            at += 4;
            continue;
        }
        if length == u32::MAX {
            return Ok(records);
        }
        let end = at.saturating_add(4).saturating_add(length as usize);
        let Some(kind) = word(data, at + 4, endian).filter(|_| end <= data.len() && length >= 4) else {
            return Err(format!("the unwind record at byte {at} is cut off"));
        };
        if kind == 0 {
            common.insert(at);
        } else if !(at + 4).checked_sub(kind as usize).is_some_and(|place| common.contains(&place)) {
            return Err(format!("the unwind record at byte {at} names no common record"));
        }
        records += 1;
        at = end;
    }
    Ok(records)
}
