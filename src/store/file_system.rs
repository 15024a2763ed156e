//! File systems that are shared by machines, where the ledger's locks and shared memory do not hold.
//!
//! SQLite's write-ahead log has an index in memory that all processes share; those on another machine do not see it,
//! and each writes over what the other has written. Locks over a network are given out twice, forgotten, or wait for
//! ever. What is not known here passes.

/// The magic numbers that statfs(2) gives, by the names of their file systems.
const SHARED: [(u64, &str); 22] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0xaad7_aaea, "PanFS"),
    (0x1983_0326, "BeeGFS"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x0131_11a8, "IBRIX"),
    (0xbeef_dead, "StorNext"),
    (0x6163_6673, "ACFS"),
    (0x786f_4256, "a folder shared by VirtualBox"),
    (0xbacb_acbc, "a folder shared by VMware"),
    (0x7c7c_6673, "a folder shared by Parallels"),
];
/// FUSE: a program says what the file system is.
const FUSE: u64 = 0x6573_5546;
/// The names by which such programs mount what lies on other machines.
const SHARED_FUSE: [&str; 27] = [
    "afpfs",
    "afpfs-ng",
    "ceph",
    "curlftpfs",
    "davfs",
    "davfs2",
    "gcsfuse",
    "glusterfs",
    "goofys",
    "hdfs",
    "httpfs",
    "juicefs",
    "lizardfs",
    "mfs",
    "moosefs",
    "mount-s3",
    "nfs",
    "onedrive",
    "orangefs",
    "quobyte",
    "rclone",
    "s3fs",
    "seaweedfs",
    "smbnetfs",
    "sshfs",
    "wsl",
    "xrootdfs",
];
/// File systems in memory.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// The name of a shared file system, from its magic number.
pub(super) fn shared(magic: u64) -> Option<&'static str> {
    SHARED.iter().find(|(known, _)| *known == magic).map(|(_, name)| *name)
}

/// Whether only the name under which it is mounted tells what it is.
pub(super) fn is_fuse(magic: u64) -> bool {
    magic == FUSE
}

/// Whether it is gone with the next boot.
pub(super) fn is_in_memory(magic: u64) -> bool {
    IN_MEMORY.contains(&magic)
}

/// The name of a shared file system that a program provides, from the text of `/proc/self/mountinfo`
/// (proc(5)) and the numbers of the device: the last mount of the device counts.
pub(super) fn shared_fuse(mountinfo: &str, major: u32, minor: u32) -> Option<String> {
    let device = format!("{major}:{minor}");
    let of_device = |line: &&str| line.split(' ').nth(2) == Some(device.as_str());
    let line = mountinfo.lines().rfind(of_device)?;
    // After the optional fields: the type, what is mounted, and its own options.
    let kind = line.split(' ').skip_while(|field| *field != "-").nth(1)?;
    match kind.strip_prefix("fuse.") {
        Some(program) => SHARED_FUSE.contains(&program).then(|| program.to_owned()),
        // A directory of the machine that this one is a guest of.
        None => (kind == "virtiofs").then(|| kind.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_one_name_and_local_file_systems_pass() {
        for (at, (magic, name)) in SHARED.iter().enumerate() {
            assert_eq!(shared(*magic), Some(*name));
            assert!(SHARED.iter().skip(at + 1).all(|(other, _)| other != magic), "{name} twice");
            assert!(!is_fuse(*magic) && !is_in_memory(*magic));
        }
        // ext4, XFS, btrfs, tmpfs, overlay, ZFS, F2FS, FAT, bcachefs, eCryptfs.
        for local in [
            0xef53,
            0x5846_5342,
            0x9123_683e,
            0x0102_1994,
            0x794c_7630,
            0x2fc1_2fc1,
            0xf2f5_2010,
            0x4d44,
            0xca45_1a4e,
            0xf15f,
        ] {
            assert_eq!(shared(local), None, "{local:#x}");
        }
        assert!(SHARED_FUSE.is_sorted());
    }

    #[test]
    fn a_program_that_is_a_file_system_is_known_by_the_name_of_its_mount() {
        let mounts = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:45 / /home/a/remote rw,nosuid,nodev shared:7 master:2 - fuse.sshfs a@b:/ rw,user_id=1000
41 22 0:46 / /mnt/usb rw - fuseblk /dev/sda1 rw
42 22 0:47 / /mnt/pool rw - fuse.mergerfs a:b rw
43 22 0:48 / /mnt/host rw - virtiofs host rw
44 22 0:49 / /mnt/old rw - fuse.sshfs x:/ rw
45 22 0:49 / /mnt/old\\040- rw - fuse.unionfs y rw
46 22 0:50 / /mnt/g rw - fuse.glusterfs srv:/vol rw
";
        for (minor, wanted) in [
            (45, Some("sshfs")),
            (46, None),
            (47, None),
            (48, Some("virtiofs")),
            (49, None),
            (50, Some("glusterfs")),
            (51, None),
        ] {
            assert_eq!(shared_fuse(mounts, 0, minor).as_deref(), wanted, "0:{minor}");
        }
        assert_eq!(shared_fuse(mounts, 254, 0), None);
        assert_eq!(shared_fuse("", 0, 45), None);
        assert_eq!(shared_fuse("a b 0:45 -", 0, 45), None);
    }
}
