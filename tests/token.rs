//! The token layer against real modules.

#[cfg(test)]
mod support;

#[test]
fn a_token_can_be_made() {
    let token = support::softhsm::Token::new("a-token-can-be-made");
    let output = token.command("softhsm2-util").arg("--show-slots").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("a-token-can-be-made"));
}
