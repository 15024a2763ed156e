//! The commands, one file each.
//!
//! A command is a file `NOUN_VERB.rs` with `Args`, a [`clap::Args`] struct whose doc comment is the help and
//! whose `after_help` is an example, and `impl Args { fn run(self, context: &Context) -> Result<Answer, Failure> }`.
//! It calls the library and returns one value that is [`Serialize`](serde::Serialize) and
//! [`Text`](crate::render::Text); it prints nothing. To add one, name its `mod` below and put its line into
//! [`commands!`].

mod audit_checkpoint;
mod audit_cosign;
mod audit_export;
mod audit_list;
mod audit_prove;
mod audit_reconcile;
mod audit_verify;
mod backup;
mod bundle_accept;
mod bundle_answer;
mod bundle_request;
mod bundle_show;
mod ca_adopt;
mod ca_create;
mod ca_install;
mod ca_list;
mod ca_request;
mod ca_show;
mod calendar;
mod ceremony_bundle;
mod ceremony_new;
mod ceremony_plan;
mod ceremony_rehearse;
mod ceremony_report;
mod ceremony_resume;
mod ceremony_run;
mod ceremony_script;
mod ceremony_verify;
mod certificate_export;
mod certificate_list;
mod certificate_show;
mod clock_confirm;
mod completions;
mod crl_diff;
mod crl_issue;
mod crl_show;
mod crl_verify;
mod export_home;
mod export_openssl;
mod import_home;
mod init;
mod issue;
mod issuing_ca;
mod key_compare;
mod key_destroy;
mod key_generate;
mod key_list;
mod key_show;
mod lint;
mod man;
mod migrate_openssl;
mod migrate_profile;
mod ocsp_serve;
mod ocsp_show;
mod ocsp_sign;
mod ocsp_verify;
mod pin_check;
mod pin_split;
mod profile_diff;
mod profile_lint;
mod profile_list;
mod profile_show;
mod publish;
mod rebuild;
mod recover;
mod request_show;
mod restore;
mod revoke;
mod serve;
mod status;
mod token_doctor;
mod token_init;
mod token_list;
mod unhold;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;

pub(crate) use crl_issue::shown as crls_shown;
pub(crate) use issue::view as issued;
pub(crate) use token_list::flags as token_flags;

/// Makes the enums of commands and the one place that runs them. A line is `Verb(file::Args),`; a noun with
/// verbs below it is an enum of its own.
macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident { $($(#[$line:meta])* $variant:ident($args:ty),)* })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, clap::Subcommand)]
            pub(crate) enum $name { $($(#[$line])* $variant($args),)* }

            impl $name {
                /// Runs the command.
                ///
                /// # Errors
                /// The [`Failure`] of the command.
                pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
                    match self { $(Self::$variant(arguments) => arguments.run(context),)* }
                }
            }
        )*
    };
}

commands! {
    /// What keyrite does.
    Command {
        Init(init::Args),
        Status(status::Args),
        Calendar(calendar::Args),
        /// Tokens: what is there, and initialising one
        #[command(subcommand)]
        Token(Token),
        /// Keys of a token
        #[command(subcommand)]
        Key(Key),
        /// PINs that several people hold
        #[command(subcommand)]
        Pin(Pin),
        /// The CAs of this home
        #[command(subcommand)]
        Ca(Ca),
        /// Certification requests: what they ask for
        #[command(subcommand)]
        Request(Request),
        Issue(issue::Args),
        /// Certificates: those of this home and any other
        #[command(subcommand)]
        Certificate(Certificate),
        Revoke(revoke::Args),
        Unhold(unhold::Args),
        /// Certificate revocation lists
        #[command(subcommand)]
        Crl(Crl),
        /// OCSP: responses that are signed ahead of time, and served
        #[command(subcommand)]
        Ocsp(Ocsp),
        Publish(publish::Args),
        Serve(serve::Args),
        /// Profiles: what may be issued
        #[command(subcommand)]
        Profile(Profile),
        /// Ceremonies: planned, rehearsed, run and proven
        #[command(subcommand)]
        Ceremony(Ceremony),
        /// Bundles: requests to a CA that has no network, and its answers
        #[command(subcommand)]
        Bundle(Bundle),
        Lint(lint::Args),
        /// The audit log
        #[command(subcommand)]
        Audit(Audit),
        /// The clock against the audit log
        #[command(subcommand)]
        Clock(Clock),
        Recover(recover::Args),
        Backup(backup::Args),
        Restore(restore::Args),
        /// Moving in from other software
        #[command(subcommand)]
        Migrate(Migrate),
        Rebuild(rebuild::Args),
        /// Writing out what is on record as plain files, and for other software
        #[command(subcommand)]
        Export(Export),
        /// Taking in what was written as plain files
        #[command(subcommand)]
        Import(Import),
        Completions(completions::Args),
        Man(man::Args),
    }
    /// Plain files from what is on record.
    Export {
        Home(export_home::Args),
        Openssl(export_openssl::Args),
    }
    /// What is on record from plain files.
    Import {
        Home(import_home::Args),
    }
    /// Tokens.
    Token {
        Doctor(token_doctor::Args),
        List(token_list::Args),
        Init(token_init::Args),
    }
    /// Keys of a token.
    Key {
        Generate(key_generate::Args),
        List(key_list::Args),
        Show(key_show::Args),
        Destroy(key_destroy::Args),
    }
    /// PINs that several people hold.
    Pin {
        Split(pin_split::Args),
        Check(pin_check::Args),
    }
    /// The CAs of this home.
    Ca {
        Create(ca_create::Args),
        Request(ca_request::Args),
        Install(ca_install::Args),
        Adopt(ca_adopt::Args),
        List(ca_list::Args),
        Show(ca_show::Args),
    }
    /// Certification requests.
    Request {
        Show(request_show::Args),
    }
    /// Certificates.
    Certificate {
        List(certificate_list::Args),
        Export(certificate_export::Args),
        Show(certificate_show::Args),
    }
    /// Certificate revocation lists.
    Crl {
        Issue(crl_issue::Args),
        Show(crl_show::Args),
        Verify(crl_verify::Args),
        Diff(crl_diff::Args),
    }
    /// OCSP.
    Ocsp {
        Sign(ocsp_sign::Args),
        Serve(ocsp_serve::Args),
        Show(ocsp_show::Args),
        Verify(ocsp_verify::Args),
    }
    /// Ceremonies.
    Ceremony {
        New(ceremony_new::Args),
        Script(ceremony_script::Args),
        Plan(ceremony_plan::Args),
        Rehearse(ceremony_rehearse::Args),
        Run(ceremony_run::Args),
        Resume(ceremony_resume::Args),
        Bundle(ceremony_bundle::Args),
        Verify(ceremony_verify::Args),
        Report(ceremony_report::Args),
    }
    /// Bundles.
    Bundle {
        Request(bundle_request::Args),
        Answer(bundle_answer::Args),
        Accept(bundle_accept::Args),
        Show(bundle_show::Args),
    }
    /// The clock.
    Clock {
        Confirm(clock_confirm::Args),
    }
    /// Profiles.
    Profile {
        List(profile_list::Args),
        Show(profile_show::Args),
        Diff(profile_diff::Args),
        Lint(profile_lint::Args),
    }
    /// The audit log.
    Audit {
        List(audit_list::Args),
        Checkpoint(audit_checkpoint::Args),
        Cosign(audit_cosign::Args),
        Prove(audit_prove::Args),
        Export(audit_export::Args),
        Verify(audit_verify::Args),
        Reconcile(audit_reconcile::Args),
    }
    /// Moving in from other software.
    Migrate {
        Profile(migrate_profile::Args),
        Openssl(migrate_openssl::Args),
    }
}
