//! The arguments of a program start.

use model::{Address, Bytes, Problem, ProblemKind};

use super::{
    assemble::{Kind, OpenEvent},
    fields::{Fields, is_torn, untrusted},
};
use crate::text::{number, unhex};

/// Arguments that are kept of one program start. Linux bounds them by bytes (2 MiB), not by number;
/// this is what fits there with 32 bytes each.
const ARGUMENTS_MAX: usize = 65_536;

/// Reads the arguments of all `EXECVE` records, and says what is missing.
///
/// A long argument comes in pieces (`a1_len=9000 a1[0]=… a1[1]=…`), possibly over several records.
pub(super) fn arguments(event: &OpenEvent, first: Address, problems: &mut Vec<Problem>) -> Option<Vec<Bytes>> {
    let mut arguments: Vec<Argument> = Vec::new();
    let mut count = None;
    let mut bound_reached = false;
    let mut torn = false;
    let mut records = 0;
    for record in event.of(Kind::Execve) {
        records += 1;
        for (key, value) in Fields::of(event.body(record)) {
            torn |= is_torn(value);
            if key == b"argc" {
                count = number(value);
                continue;
            }
            let Some(part) = Part::of(key) else { continue };
            if part.argument >= ARGUMENTS_MAX {
                bound_reached = true;
                continue;
            }
            if arguments.len() <= part.argument {
                arguments.resize_with(part.argument + 1, Argument::default);
            }
            arguments[part.argument].take(&part, value);
        }
    }
    if records == 0 {
        return None;
    }
    let mut fault = |kind, text: String| problems.push(Problem { kind, address: first, text });
    if bound_reached {
        fault(ProblemKind::Bound, format!("more than {ARGUMENTS_MAX} arguments; the rest was not read"));
    }
    if torn {
        fault(ProblemKind::Torn, "an EXECVE record breaks off inside an argument".to_string());
    }
    let declared = count.and_then(|count| usize::try_from(count).ok());
    let whole = arguments.iter().filter(|argument| argument.is_whole()).count();
    if let Some(declared) = declared.filter(|&declared| declared != whole && !bound_reached) {
        fault(
            ProblemKind::Incomplete,
            format!("{whole} of {declared} arguments of the program start are there in full"),
        );
    }
    Some(arguments.into_iter().map(|argument| Bytes(argument.bytes)).collect())
}

/// One argument as far as it came.
#[derive(Default)]
struct Argument {
    bytes: Vec<u8>,
    /// Length as logged (hexadecimal digits count), when it comes in pieces.
    length: Option<usize>,
    logged: usize,
    pieces: usize,
    present: bool,
    disordered: bool,
}

impl Argument {
    fn take(&mut self, part: &Part, value: &[u8]) {
        match part.piece {
            Piece::Length => self.length = number(value).and_then(|length| usize::try_from(length).ok()),
            Piece::Whole => {
                self.present = true;
                self.bytes = untrusted(value).unwrap_or_default();
            }
            Piece::Number(at) => {
                self.present = true;
                self.disordered |= at != self.pieces;
                self.pieces += 1;
                // Within one argument the kernel uses one spelling, so a bare piece is hexadecimal.
                let piece = match value {
                    [b'"', text @ .., b'"'] => Some((text.to_vec(), text.len())),
                    bare => unhex(bare).map(|bytes| (bytes, bare.len())),
                };
                if let Some((bytes, logged)) = piece {
                    self.bytes.extend_from_slice(&bytes);
                    self.logged += logged;
                }
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.present && !self.disordered && (self.pieces == 0 || self.length.is_none_or(|length| length == self.logged))
    }
}

/// Which part of which argument a key names.
struct Part {
    argument: usize,
    piece: Piece,
}

enum Piece {
    Whole,
    Length,
    Number(usize),
}

impl Part {
    /// `a12`, `a12_len` or `a12[3]`.
    fn of(key: &[u8]) -> Option<Self> {
        let rest = key.strip_prefix(b"a")?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let argument = usize::try_from(number(&rest[..digits])?).ok()?;
        let piece = match &rest[digits..] {
            b"" => Piece::Whole,
            b"_len" => Piece::Length,
            [b'[', at @ .., b']'] => Piece::Number(usize::try_from(number(at)?).ok()?),
            _ => return None,
        };
        Some(Self { argument, piece })
    }
}

/// The arguments that PROCTITLE shows: at most 128 bytes of them, and the process can overwrite them.
pub(super) fn from_title(value: &[u8]) -> Vec<Bytes> {
    let Some(title) = untrusted(value) else { return Vec::new() };
    let title = title.strip_suffix(b"\0").unwrap_or(&title);
    title.split(|&byte| byte == 0).map(Bytes::from).collect()
}
