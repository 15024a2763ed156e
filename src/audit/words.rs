//! Digests as words, to be read aloud and compared by ear: the PGP word list (Juola and Zimmermann, 1996).
//!
//! Octets at even places become words of two syllables and those at odd places words of three, so that a word
//! left out, repeated or exchanged with its neighbour is heard.

use std::sync::LazyLock;

/// The words of some octets, in their order.
pub fn words(octets: &[u8]) -> impl Iterator<Item = &'static str> {
    octets
        .iter()
        .enumerate()
        .map(|(at, octet)| list(at).get(usize::from(*octet)).copied().unwrap_or_default())
}

/// The octets of some words, which may be in either case and between spaces, hyphens or commas.
///
/// # Errors
/// [`WordError`] names the first word that cannot stand where it does.
pub fn octets(text: &str) -> Result<Vec<u8>, WordError> {
    split(text).enumerate().map(|(at, word)| octet(at, word)).collect()
}

/// The words in a text, between spaces, hyphens or commas.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let given = text.split(|character: char| character.is_whitespace() || "-,;".contains(character));
    given.filter(|word| !word.is_empty())
}

/// The octet of a word at a place, counted from 0.
///
/// # Errors
/// [`WordError`] when the word cannot stand there.
pub fn octet(at: usize, word: &str) -> Result<u8, WordError> {
    let find = |at| list(at).iter().position(|known| known.eq_ignore_ascii_case(word));
    let number = at.saturating_add(1);
    let found = || word.to_owned();
    match (find(at).and_then(|place| u8::try_from(place).ok()), find(number)) {
        (Some(octet), _) => Ok(octet),
        (None, Some(_)) => Err(WordError::Displaced { number, found: found() }),
        (None, None) => Err(WordError::Unknown { number, found: found() }),
    }
}

/// The words for even places, and those for odd ones.
static LISTS: LazyLock<[Vec<&'static str>; 2]> =
    LazyLock::new(|| [EVEN, ODD].map(|words| words.split_whitespace().collect()));

fn list(at: usize) -> &'static [&'static str] {
    let [even, odd] = &*LISTS;
    if at.is_multiple_of(2) { even } else { odd }
}

/// Why words are not octets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// A word of the other list: one before it is missing, repeated or exchanged.
    #[error("word {number}, {found:?}, cannot stand there: a word before it is missing or in another place")]
    Displaced {
        /// Which word, counted from 1.
        number: usize,
        /// The word.
        found: String,
    },
    /// A word of neither list.
    #[error("word {number}, {found:?}, is not in the PGP word list")]
    Unknown {
        /// Which word, counted from 1.
        number: usize,
        /// The word.
        found: String,
    },
}

/// Two syllables, 0x00 to 0xFF.
const EVEN: &str = "\
    aardvark absurd accrue acme adrift adult afflict ahead aimless Algol allow alone ammo ancient apple artist \
    assume Athens atlas Aztec baboon backfield backward banjo beaming bedlamp beehive beeswax befriend Belfast \
    berserk billiard bison blackjack blockade blowtorch bluebird bombast bookshelf brackish breadline breakup \
    brickyard briefcase Burbank button buzzard cement chairlift chatter checkup chisel choking chopper Christmas \
    clamshell classic classroom cleanup clockwork cobra commence concert cowbell crackdown cranky crowfoot \
    crucial crumpled crusade cubic dashboard deadbolt deckhand dogsled dragnet drainage dreadful drifter dropper \
    drumbeat drunken Dupont dwelling eating edict egghead eightball endorse endow enlist erase escape exceed \
    eyeglass eyetooth facial fallout flagpole flatfoot flytrap fracture framework freedom frighten gazelle Geiger \
    glitter glucose goggles goldfish gremlin guidance hamlet highchair hockey indoors indulge inverse involve \
    island jawbone keyboard kickoff kiwi klaxon locale lockup merit minnow miser Mohawk mural music necklace \
    Neptune newborn nightbird Oakland obtuse offload optic orca payday peachy pheasant physique playhouse Pluto \
    preclude prefer preshrunk printer prowler pupil puppy python quadrant quiver quota ragtime ratchet rebirth \
    reform regain reindeer rematch repay retouch revenge reward rhythm ribcage ringbolt robust rocker ruffled \
    sailboat sawdust scallion scenic scorecard Scotland seabird select sentence shadow shamrock showgirl skullcap \
    skydive slingshot slowdown snapline snapshot snowcap snowslide solo southward soybean spaniel spearhead \
    spellbind spheroid spigot spindle spyglass stagehand stagnate stairway standard stapler steamship sterling \
    stockman stopwatch stormy sugar surmount suspense sweatband swelter tactics talon tapeworm tempest tiger \
    tissue tonic topmost tracker transit trauma treadmill Trojan trouble tumor tunnel tycoon uncut unearth unwind \
    uproot upset upshot vapor village virus Vulcan waffle wallet watchword wayside willow woodlark Zulu";

/// Three syllables, 0x00 to 0xFF.
const ODD: &str = "\
    adroitness adviser aftermath aggregate alkali almighty amulet amusement antenna applicant Apollo armistice \
    article asteroid Atlantic atmosphere autopsy Babylon backwater barbecue belowground bifocals bodyguard \
    bookseller borderline bottomless Bradbury bravado Brazilian breakaway Burlington businessman butterfat \
    Camelot candidate cannonball Capricorn caravan caretaker celebrate cellulose certify chambermaid Cherokee \
    Chicago clergyman coherence combustion commando company component concurrent confidence conformist congregate \
    consensus consulting corporate corrosion councilman crossover crucifix cumbersome customer Dakota decadence \
    December decimal designing detector detergent determine dictator dinosaur direction disable disbelief \
    disruptive distortion document embezzle enchanting enrollment enterprise equation equipment escapade Eskimo \
    everyday examine existence exodus fascinate filament finicky forever fortitude frequency gadgetry Galveston \
    getaway glossary gossamer graduate gravity guitarist hamburger Hamilton handiwork hazardous headwaters \
    hemisphere hesitate hideaway holiness hurricane hydraulic impartial impetus inception indigo inertia infancy \
    inferno informant insincere insurgent integrate intention inventive Istanbul Jamaica Jupiter leprosy \
    letterhead liberty maritime matchmaker maverick Medusa megaton microscope microwave midsummer millionaire \
    miracle misnomer molasses molecule Montana monument mosquito narrative nebula newsletter Norwegian October \
    Ohio onlooker opulent Orlando outfielder Pacific pandemic Pandora paperweight paragon paragraph paramount \
    passenger pedigree Pegasus penetrate perceptive performance pharmacy phonetic photograph pioneer pocketful \
    politeness positive potato processor provincial proximate puberty publisher pyramid quantity racketeer \
    rebellion recipe recover repellent replica reproduce resistor responsive retraction retrieval retrospect \
    revenue revival revolver sandalwood sardonic Saturday savagery scavenger sensation sociable souvenir \
    specialist speculate stethoscope stupendous supportive surrender suspicious sympathy tambourine telephone \
    therapist tobacco tolerance tomorrow torpedo tradition travesty trombonist truncated typewriter ultimate \
    undaunted underfoot unicorn unify universe unravel upcoming vacancy vagabond vertigo Virginia visitor \
    vocalist voyager warranty Waterloo whimsical Wichita Wilmington Wyoming yesteryear Yucatan";

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The example of the list's own description: the fingerprint E582 94F2 E9A2 2748 6E8B 061B 31CC 528F
    /// D7FA 3F19.
    #[test]
    fn the_published_example_reads_as_published() {
        let octets = hex::decode("e58294f2e9a227486e8b061b31cc528fd7fa3f19").unwrap();
        let expected = "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa afflict \
                        bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless";
        assert_eq!(words(&octets).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn every_octet_reads_back_at_either_place_however_its_words_are_written() {
        let all: Vec<u8> = (0..=255).flat_map(|octet| [octet, octet]).collect();
        let text = words(&all).collect::<Vec<_>>().join(" ");
        for written in [text.clone(), text.to_uppercase(), text.replace(' ', "-"), text.replace(' ', ",\n ")]
        {
            assert_eq!(octets(&written).unwrap(), all);
        }
        assert_eq!(octets(" "), Ok(Vec::new()));
    }

    #[test]
    fn a_word_left_out_repeated_exchanged_or_unknown_is_named() {
        for (text, number, unknown) in [
            ("topmost Pluto vagabond", 2, false),
            ("topmost topmost Istanbul", 2, false),
            ("Istanbul topmost", 1, false),
            ("topmost Instanbul", 2, true),
        ] {
            let found = text.split(' ').nth(number - 1).unwrap().to_owned();
            let wanted = if unknown {
                WordError::Unknown { number, found }
            } else {
                WordError::Displaced { number, found }
            };
            assert_eq!(octets(text), Err(wanted), "{text}");
        }
    }

    /// 512 different words, and exactly these.
    #[test]
    fn no_word_is_there_twice_or_has_changed() {
        let mut all: Vec<&str> = EVEN.split_whitespace().chain(ODD.split_whitespace()).collect();
        assert_eq!(all.len(), 512);
        let digest = hex::encode(Sha256::digest(all.join(" ").as_bytes()));
        assert_eq!(digest, "3e090850023f09a3bff58dbc9926ee0840dd829fa8198af8ceffd1b2280a7096");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 512);
    }
}
