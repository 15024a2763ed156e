//! Octets of any kind give a report: never a panic, never an endless run.

use keyrite::lint;
use proptest::prelude::*;

use crate::base::*;

fn every_way(octets: &[u8]) {
    let expected = leaf().context.expected;
    for report in [
        lint::inspect_certificate(octets, Some(&intermediate_facts()), expected.as_ref(), &[]),
        lint::inspect_certificate(octets, None, None, &[]),
        lint::inspect_crl(octets, Some(&intermediate_facts()), &[]),
        lint::inspect_request(octets, &[]),
    ] {
        assert!(report.to_string().bytes().all(|octet| octet == b'\n' || (b' '..=b'~').contains(&octet)));
    }
}

proptest! {
    #[test]
    fn random_octets(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(lint::inspect_certificate(&octets, None, None, &[]).has_errors());
        every_way(&octets);
    }

    #[test]
    fn octets_changed_in_a_sound_object(
        which in 0_usize..5,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut octets = match which {
            0 => root().signed(),
            1 => ca().signed(),
            2 => leaf().signed(),
            3 => crl().signed(),
            _ => request().signed(),
        };
        for (index, octet) in changes {
            let index = index.index(octets.len());
            octets[index] = octet;
        }
        every_way(&octets);
    }

    #[test]
    fn octets_cut_out_of_a_sound_object(from in any::<prop::sample::Index>(), many in 1_usize..40) {
        let mut octets = leaf().signed();
        let from = from.index(octets.len());
        octets.drain(from..(from + many).min(octets.len()));
        prop_assert!(lint::inspect_certificate(&octets, None, None, &[]).has_errors());
    }
}

/// A certificate of the largest size that is read, full of names or extensions, takes no quadratic time.
#[test]
fn a_full_certificate_is_linted_once_through() {
    let names: Vec<u8> = (0_u32..40_000).flat_map(|n| [0x87, 4].into_iter().chain(n.to_be_bytes())).collect();
    let value = crate::node::Node::Raw(
        [&[0x30, 0x83][..], &u32::try_from(names.len()).unwrap().to_be_bytes()[1..], &names].concat(),
    );
    let case = leaf().extension("2.5.29.17", |extension| set_value(extension, &value.der()));
    assert_eq!(case.report().findings, []);
    let many = leaf().any_profile().extensions(|list| {
        for n in 0_u32..15_000 {
            list.push(extension(&format!("1.3.6.1.4.1.{n}"), false, &[5, 0]));
        }
    });
    assert_eq!(many.report().findings, []);
}
