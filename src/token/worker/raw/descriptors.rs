//! The closing of inherited files.

/// Closes every descriptor above standard error, such as a PIN's that a shell opened for the program.
///
/// To be called while nothing but what was inherited is open.
pub(in crate::token::worker) fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<i32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in open {
        // The directory's own descriptor is in the list and closed by now.
        if std::fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok() {
            // SAFETY: nothing in this process owns the descriptor: it was inherited, since the process
            // has opened nothing yet that is still open.
            unsafe { rustix::io::close(number) };
        }
    }
}
