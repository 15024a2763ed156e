//! Who may import whom.

/// One row a line: rooms, an arrow, the modules that they may name. What is in brackets is a remark.
pub(crate) const ROWS: &str = "
bin/keyrite   -> authority, config, store, token, token/worker, audit, evidence, lint, policy, port, ssh, x509, migrate, ceremony, exchange
ceremony      -> authority, audit, config, evidence, lint, policy, ssh, store, token::uri, x509    (pure: no token is asked, no file opened)
authority     -> policy, lint, x509, audit, evidence, port, store, config    (never token: it is handed a signer)
token         -> audit::words, port, x509::algorithm, x509::attestation, x509::signature, x509::spki, x509::verify, token::worker::FUNCTIONS
token/worker  -> token::wire, token::confinement, token::return_value, token::key, token::pin::PIN_LIMIT
store         -> x509, lint, audit
migrate       -> policy, x509
config        -> policy, x509, token::uri, token::requirements
policy, lint, port -> x509
ssh           -> x509
exchange      -> audit, evidence, x509
evidence      -> audit, x509
audit, x509   -> nothing
";

/// The rows, read.
pub(crate) struct Table {
    rows: Vec<(Vec<String>, Vec<Vec<String>>)>,
}

fn components(text: &str) -> Vec<String> {
    text.trim().replace('/', "::").split("::").map(ToOwned::to_owned).collect()
}

impl Table {
    pub(crate) fn new() -> Self {
        let mut rows = Vec::new();
        for row in ROWS.trim().lines() {
            let row = row.split_once('(').map_or(row, |(row, _)| row);
            let (rooms, targets) = row.split_once("->").expect("an arrow");
            let targets: Vec<Vec<String>> = match targets.trim() {
                "nothing" => Vec::new(),
                targets => targets.split(',').map(components).collect(),
            };
            rows.extend(rooms.split(',').map(|room| (components(room), targets.clone())));
        }
        Self { rows }
    }

    /// The room of a module, given by its path below the crate's root: the longest row that begins it.
    pub(crate) fn room(&self, module: &[String]) -> Option<&[String]> {
        let rooms = self.rows.iter().map(|(room, _)| room.as_slice());
        rooms.filter(|room| module.starts_with(room)).max_by_key(|room| room.len())
    }

    /// Whether code in one module may name another.
    pub(crate) fn allows(&self, from: &[String], to: &[String]) -> bool {
        let (Some(from), Some(into)) = (self.room(from), self.room(to)) else { return false };
        from == into
            || self
                .rows
                .iter()
                .filter(|(room, _)| room == from)
                .flat_map(|(_, targets)| targets)
                .any(|target| to.starts_with(target) && self.room(target) == Some(into))
    }
}
