//! A disk for tests: an ext4 image whose power can be cut, whose space can end, and whose syncs can fail.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::postgres::wait_until;
use super::programs::Script;

/// Makes the image and mounts it. Unmounts and removes it when the pipe to its stdin closes, however the tests end.
const KEEPER: Script = Script(
    r#"
folder=$1
truncate --size "$2" "$folder/image" && mkfs.ext4 -q "$folder/image" && mkdir "$folder/disk" &&
  mount -o loop "$folder/image" "$folder/disk" && chmod 755 "$folder" "$folder/disk" && echo mounted
read -r _
umount --lazy "$folder/disk"
rm -rf --one-file-system "$folder"
"#,
);

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH` (`fs/ext4/ext4.h`): from now on nothing reaches the device,
/// not even the journal. Everything not synced by then is lost, as in a power cut.
const SHUT_DOWN: &str = "
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
";

/// A mounted ext4 image.
pub struct Disk {
    folder: PathBuf,
    keeper: Child,
}

impl Disk {
    /// Makes a disk of so many MiB.
    ///
    /// # Panics
    /// Panics when loop devices cannot be mounted: these tests cannot run on a machine without them.
    pub fn new(mebibytes: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("goodturn-disk-").tempdir().unwrap().keep();
        let mut keeper = KEEPER.bash();
        keeper.arg("keeper").arg(&folder).arg(format!("{mebibytes}M"));
        let mut keeper = keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "mounted\n", "an ext4 image cannot be mounted here: run the tests as root, with loop devices");
        Self { folder, keeper }
    }

    /// Returns the folder where it is mounted.
    pub fn path(&self) -> PathBuf {
        self.folder.join("disk")
    }

    /// Writes everything on it to the image.
    pub fn flush(&self) {
        done(Command::new("sync").arg("--file-system").arg(self.path()));
    }

    /// Cuts the power. Everything not synced is lost, and every use fails until [`Disk::power_on`].
    ///
    /// Answers that come afterwards must not be believed, as nothing could answer without power. A sync under way on a
    /// growing file may return success although its transaction is thrown away (13 of 150 cuts, Linux 6.18).
    pub fn cut_power(&self) {
        done(Command::new("python3").args(["-c", SHUT_DOWN]).arg(self.path()));
    }

    /// Mounts the disk again, which replays its journal. No process may have a file of it open.
    pub fn power_on(&self) {
        wait_until("nobody uses the disk", || {
            Command::new("umount").arg(self.path()).stderr(Stdio::null()).status().unwrap().success()
        });
        done(Command::new("mount").args(["-o", "loop"]).arg(self.folder.join("image")).arg(self.path()));
    }

    /// Takes all the space there is.
    pub fn fill(&self) {
        let mut filler = File::create(self.path().join("filler")).unwrap();
        for size in [1 << 20, 1 << 12] {
            let block = vec![7; size];
            while filler.write_all(&block).is_ok() {}
        }
    }

    /// Gives the space back.
    pub fn clear(&self) {
        std::fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _already_ended = self.keeper.wait();
    }
}

/// A library in front of the system's own (`LD_PRELOAD`). Its syncs fail while a certain file exists, so the kernel of
/// a test machine needs no device mapper.
const FAILING_SYNCS: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(void) {
  const char *name = getenv("SYNCS_FAIL_WHILE");
  return name && access(name, F_OK) == 0;
}
#define FAILING(name) \
  int name(int fd) { \
    if (fails()) { errno = EIO; return -1; } \
    return ((int (*)(int))dlsym(RTLD_NEXT, #name))(fd); \
  }
FAILING(fsync)
FAILING(fdatasync)
"#;

/// Syncs that can be made to fail.
pub struct Syncs {
    folder: TempDir,
}

impl Syncs {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("syncs.c"), FAILING_SYNCS).unwrap();
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O", "-o", "syncs.so", "syncs.c", "-ldl"]);
        done(cc.current_dir(folder.path()));
        // The database runs as another user.
        for path in [folder.path(), &folder.path().join("syncs.so")] {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    /// Returns the environment that a process needs so that its syncs can fail. Libraries already in front of the
    /// system's, as one for another clock, stay there.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        let mut libraries = self.folder.path().join("syncs.so").into_os_string();
        if let Some(others) = std::env::var_os("LD_PRELOAD") {
            libraries.push(":");
            libraries.push(others);
        }
        [("LD_PRELOAD", libraries), ("SYNCS_FAIL_WHILE", self.switch().into())]
    }

    /// Makes syncs fail from now on; nothing is synced.
    pub fn fail(&self) {
        File::create(self.switch()).unwrap();
    }

    /// Makes syncs work again.
    pub fn heal(&self) {
        std::fs::remove_file(self.switch()).unwrap();
    }

    fn switch(&self) -> PathBuf {
        Path::join(self.folder.path(), "fail")
    }
}

#[track_caller]
fn done(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
