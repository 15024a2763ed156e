//! The act of answering what came over an air gap.

use crate::acts::{Act, issued, no_leftovers, owned, same, there};
use crate::aftermath::Fault;
use crate::home::Home;
use crate::support::fault_module;

/// What came over an air gap is answered once, whatever happened the first time.
pub(crate) const BUNDLE_ANSWER: Act = Act {
    name: "bundle answer",
    prepare: || {
        let home = Home::template();
        let key = home.token().key_uri("team");
        home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
        home.done(&["key", "show", &key, "--public-out", "ca/team.pub"]);
        let requester = "keys = [\"team.pub\"]\ncas = [\"root\"]\nprofiles = [\"tls-server\"]\n";
        home.append("ca/keyrite.toml", &format!("\n[requester.team]\n{requester}"));
        let asked = ["bundle", "request", "r1.csr", "--profile", "tls-server", "--requester", "team"];
        let of = ["--ca", "root", "--ca-certificate", "root.pem", "--sign-with", &key, "--out", "request"];
        home.done(&[&asked[..], &of].concat());
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["bundle", "answer", "request", "--out", "answer"]),
    mend: |_| Ok(()),
    done: |home, before| {
        issued(home, before, 1)?;
        there(home, "answer")
    },
    then: |home| {
        // A number that recovery gave up is refused in the answer: code 1. There is never a second one.
        let run = home.keyrite(&["bundle", "answer", "request", "--out", "again"], "");
        if !matches!(run.code, Some(0 | 1)) {
            return Err(Fault::Hands(format!("answered again: {run:#?}")));
        }
        let taken: u32 = home
            .ledger()
            .query_row(
                "SELECT count(*) FROM certificate WHERE requester LIKE 'team by bundle %'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        if taken > 1 {
            return Err(Fault::Reused(format!("{taken} serial numbers for one request")));
        }
        if home.path("answer").exists() {
            same(home, "answer/answer.json", "again/answer.json")?;
            same(home, "answer/checkpoint", "again/checkpoint")?;
        }
        no_leftovers(home)?;
        let accept = ["bundle", "accept", "again", "--request", "request", "--ca-certificate", "root.pem"];
        let accepted = home.keyrite(&[&accept[..], &["--out", "accepted"]].concat(), "");
        if accepted.code == run.code { Ok(()) } else { Err(Fault::Hands(format!("{accepted:#?}"))) }
    },
};
