//! The algorithms: what the token lists and what a trial showed.

use keyrite::token::doctor::{self, AlgorithmFinding, Generation, Over, Usable, Way, mechanism_name};
use keyrite::x509::algorithm::SignatureAlgorithm;
use serde::Serialize;

use super::{milliseconds, one_line};
use crate::table::Table;

/// One algorithm with one signature scheme.
#[derive(Debug, Serialize)]
pub(super) struct Algorithm {
    algorithm: String,
    signature: String,
    /// `yes`, `listed`, `signs only`, `no` or `unknown`.
    usable: &'static str,
    reason: Option<String>,
    ways: Vec<Mechanism>,
    generation: Pairs,
    left: Option<String>,
    /// For the table.
    #[serde(skip)]
    row: [String; 4],
}

/// A mechanism that signs.
#[derive(Debug, Serialize)]
struct Mechanism {
    mechanism: String,
    /// `digest`, `message` or `long message`.
    over: &'static str,
    listed: bool,
    #[serde(flatten)]
    tried: Tried,
}

/// The mechanism that generates.
#[derive(Debug, Serialize)]
struct Pairs {
    mechanism: String,
    listed: bool,
    smallest: Option<u64>,
    largest: Option<u64>,
    #[serde(flatten)]
    tried: Tried,
}

#[derive(Debug, Serialize)]
struct Tried {
    works: Option<bool>,
    ms: Option<f64>,
    error: Option<String>,
}

impl Tried {
    fn of(tried: Option<&doctor::Tried>) -> Self {
        let took = tried.and_then(|tried| tried.as_ref().ok());
        let error = tried.and_then(|tried| tried.as_ref().err());
        Self {
            works: tried.map(Result::is_ok),
            ms: took.map(|took| milliseconds(*took)),
            error: error.map(|error| one_line(error.as_ref())),
        }
    }
}

impl Algorithm {
    pub(super) fn of(found: &AlgorithmFinding) -> Self {
        let Generation { mechanism, listed, sizes, tried } = &found.generation;
        Self {
            algorithm: found.algorithm.to_string(),
            signature: found.signature.to_string(),
            usable: found.usable().word(),
            reason: found.reason(),
            ways: found.ways.iter().map(way).collect(),
            generation: Pairs {
                mechanism: mechanism_name(*mechanism),
                listed: *listed,
                smallest: sizes.map(|(smallest, _)| smallest),
                largest: sizes.map(|(_, largest)| largest),
                tried: Tried::of(tried.as_ref()),
            },
            left: found.left.clone(),
            row: row(found),
        }
    }

    /// Every algorithm on a line.
    pub(super) fn table(all: &[Self]) -> Table {
        let mut table = Table::new(&["algorithm", "usable", "generates", "signs by"]);
        for one in all {
            table.row(&one.row);
        }
        table
    }
}

fn way(way: &Way) -> Mechanism {
    Mechanism {
        mechanism: mechanism_name(way.mechanism),
        over: match way.over {
            Over::Digest => "digest",
            Over::Message => "message",
            Over::LongMessage => "long message",
        },
        listed: way.listed,
        tried: Tried::of(way.tried.as_ref()),
    }
}

fn row(found: &AlgorithmFinding) -> [String; 4] {
    let scheme = match found.signature {
        SignatureAlgorithm::RsaPss(_) => " PSS",
        SignatureAlgorithm::Ecdsa(_)
        | SignatureAlgorithm::RsaPkcs1(_)
        | SignatureAlgorithm::Ed25519
        | SignatureAlgorithm::Ed448
        | SignatureAlgorithm::MlDsa(_)
        | SignatureAlgorithm::SlhDsa(_) => "",
    };
    let generates = match (&found.generation.tried, found.generation.listed) {
        (Some(Ok(took)), _) => format!("in {} ms", milliseconds(*took)),
        (None, true) => "listed".to_owned(),
        (Some(Err(_)), _) | (None, false) => "no".to_owned(),
    };
    let mut ways: Vec<String> = Vec::new();
    for way in found.shown_ways().filter(|way| way.over != Over::LongMessage) {
        let mut text = mechanism_name(way.mechanism);
        if way.over == Over::Digest {
            text.push_str(" over our digest");
        }
        if let Some(Ok(took)) = &way.tried {
            text.push_str(&format!(" {} ms", milliseconds(*took)));
        }
        let long = |other: &&Way| other.mechanism == way.mechanism && other.over == Over::LongMessage;
        if found.ways.iter().find(long).is_some_and(|long| matches!(long.tried, Some(Err(_)))) {
            text.push_str(" (not over 16 KiB)");
        }
        if !way.listed {
            text.push_str(" (not listed)");
        }
        ways.push(text);
    }
    let how = match (found.usable(), found.reason()) {
        (Usable::No, Some(reason)) => reason,
        (_, Some(reason)) => format!("{}; {reason}", ways.join(", ")),
        (_, None) => ways.join(", "),
    };
    [format!("{}{scheme}", found.algorithm), found.usable().word().to_owned(), generates, how]
}
