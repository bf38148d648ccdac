//! The system call filter of a worker: an allow-list, built by hand as classic BPF (seccomp(2), `linux/filter.h`).
//!
//! What a computing process needs is allowed. What only an exploit would try (a new program, a socket, a look into another
//! process) kills the worker, so that the parent notices. All else fails with "not permitted", `open` with "access denied":
//! C libraries probe files of their own accord, and must survive the refusal.
//! Not handled: processors other than x86-64 and 64-bit Arm, for which there is no filter and [`install`] says so.

use std::mem::offset_of;

use libc::{
    BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW,
    SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, c_long, sock_filter,
};

/// Forbids all that a worker does not need, for all threads of this process. False where that cannot be.
pub(crate) fn install(threads: bool) -> bool {
    let Some(architecture) = ARCHITECTURE else { return false };
    let mut program = program(architecture, threads, std::process::id());
    let Ok(len) = u16::try_from(program.len()) else { return false };
    let program = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    // Without the second flag, kernels before 5.16 slow a filtered process down to protect it from itself.
    let flags = libc::SECCOMP_FILTER_FLAG_TSYNC;
    [flags | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW, flags].into_iter().any(|flags| {
        // SAFETY: `program` and the instructions that it points at outlive the call; the kernel copies them.
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) == 0 }
    })
}

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_003E);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_00B7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<u32> = None;

/// Allowed with any arguments; the busiest first, since older kernels walk the list at each call.
#[rustfmt::skip]
const ALLOWED: &[c_long] = &[
    libc::SYS_recvfrom, libc::SYS_recvmsg, libc::SYS_sendmsg, libc::SYS_sendto, libc::SYS_futex, libc::SYS_munmap,
    libc::SYS_madvise, libc::SYS_brk, libc::SYS_mremap, libc::SYS_read, libc::SYS_write, libc::SYS_readv,
    libc::SYS_writev, libc::SYS_pread64, libc::SYS_lseek, libc::SYS_close, libc::SYS_fstat,
    #[cfg(target_arch = "x86_64")] libc::SYS_poll,
    libc::SYS_ppoll, libc::SYS_getrandom, libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_gettimeofday,
    libc::SYS_clock_nanosleep, libc::SYS_nanosleep, libc::SYS_sched_yield, libc::SYS_sched_getaffinity,
    libc::SYS_getpid, libc::SYS_gettid, libc::SYS_getrusage, libc::SYS_sysinfo, libc::SYS_rseq, libc::SYS_set_robust_list,
    libc::SYS_sigaltstack, libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall, libc::SYS_exit, libc::SYS_exit_group,
];

/// Fails with "access denied": a library may try, and must live without.
#[rustfmt::skip]
const DENIED: &[c_long] = &[
    libc::SYS_openat, libc::SYS_openat2,
    #[cfg(target_arch = "x86_64")] libc::SYS_open,
    #[cfg(target_arch = "x86_64")] libc::SYS_creat,
];

/// Kills: no library that a worker uses has a reason to try.
#[rustfmt::skip]
const DEADLY: &[c_long] = &[
    libc::SYS_execve, libc::SYS_execveat, libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev,
    libc::SYS_process_madvise, libc::SYS_kcmp, libc::SYS_pidfd_getfd, libc::SYS_socket, libc::SYS_socketpair,
    libc::SYS_connect, libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4, libc::SYS_bpf,
    libc::SYS_perf_event_open, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register,
    libc::SYS_userfaultfd, libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl, libc::SYS_mount,
    libc::SYS_umount2, libc::SYS_fsopen, libc::SYS_fsmount, libc::SYS_move_mount, libc::SYS_open_tree,
    libc::SYS_pivot_root, libc::SYS_chroot, libc::SYS_setns, libc::SYS_unshare, libc::SYS_open_by_handle_at,
    libc::SYS_init_module, libc::SYS_finit_module, libc::SYS_delete_module, libc::SYS_kexec_load,
    libc::SYS_kexec_file_load, libc::SYS_reboot, libc::SYS_personality, libc::SYS_setuid,
];

/// What glibc asks for when it starts a thread: one that shares everything. musl adds a flag that has no meaning any more.
const THREAD_FLAGS: u32 = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID) as u32;
const THREAD_FLAG_WITHOUT_MEANING: u32 = libc::CLONE_DETACHED as u32;

const ALLOW: u32 = SECCOMP_RET_ALLOW;
const KILL: u32 = SECCOMP_RET_KILL_PROCESS;
const NOT_PERMITTED: u32 = SECCOMP_RET_ERRNO | libc::EPERM as u32;
const ACCESS_DENIED: u32 = SECCOMP_RET_ERRNO | libc::EACCES as u32;
/// Makes C libraries fall back to `clone`, whose flags a filter can see.
const NOT_THERE: u32 = SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

fn program(architecture: u32, threads: bool, pid: u32) -> Vec<sock_filter> {
    let mut program = vec![
        load(offset_of!(libc::seccomp_data, arch)),
        jump(BPF_JEQ, architecture, 1, 0),
        give(KILL),
        load(offset_of!(libc::seccomp_data, nr)),
        // The x32 calls of x86-64 (and -1) are other numbers for the same deeds.
        jump(BPF_JGE, 0x4000_0000, 0, 1),
        give(KILL),
    ];
    for (numbers, verdict) in [(ALLOWED, ALLOW), (DENIED, ACCESS_DENIED), (DEADLY, KILL), (&[libc::SYS_clone3], NOT_THERE)] {
        for &number in numbers {
            program.extend([jump(BPF_JEQ, word(number), 0, 1), give(verdict)]);
        }
    }
    for (number, body) in checked(threads, pid) {
        let over = u8::try_from(body.len()).unwrap_or(u8::MAX);
        program.push(jump(BPF_JEQ, word(number), 0, over));
        program.extend(body);
    }
    program.push(give(NOT_PERMITTED));
    program
}

/// Calls whose arguments decide; each body ends with a verdict on every way through.
fn checked(threads: bool, pid: u32) -> Vec<(c_long, Vec<sock_filter>)> {
    let no_executable_memory = [load(argument(2)), jump(BPF_JSET, libc::PROT_EXEC as u32, 0, 1), give(NOT_PERMITTED)];
    // Memory that is shared and has no file behind it would not count as the worker's own.
    let unaccounted = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u32;
    let map = [
        load(argument(3)),
        sock_filter { code: (BPF_ALU | BPF_AND | BPF_K) as u16, jt: 0, jf: 0, k: unaccounted },
        jump(BPF_JEQ, unaccounted, 0, 1),
        give(NOT_PERMITTED),
        give(ALLOW),
    ];
    let mut checked = vec![
        (libc::SYS_mmap, [&no_executable_memory[..], &map].concat()),
        (libc::SYS_mprotect, [&no_executable_memory[..], &[give(ALLOW)]].concat()),
        (libc::SYS_prctl, only(0, &[libc::PR_SET_NAME, libc::PR_SET_VMA].map(|option| option as u32))),
        (libc::SYS_fcntl, only(1, &[libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC].map(|what| what as u32))),
        // `abort` signals its own thread.
        (libc::SYS_tgkill, only(0, &[pid])),
        // Reading a limit is fine, setting one (the third argument is not null) is not.
        (
            libc::SYS_prlimit64,
            vec![
                load(argument(2)),
                jump(BPF_JEQ, 0, 1, 0),
                give(NOT_PERMITTED),
                load(argument(2) + 4),
                jump(BPF_JEQ, 0, 1, 0),
                give(NOT_PERMITTED),
                give(ALLOW),
            ],
        ),
    ];
    if threads {
        let keep = sock_filter { code: (BPF_ALU | BPF_AND | BPF_K) as u16, jt: 0, jf: 0, k: !THREAD_FLAG_WITHOUT_MEANING };
        let body = vec![load(argument(0)), keep, jump(BPF_JEQ, THREAD_FLAGS, 0, 1), give(ALLOW), give(NOT_PERMITTED)];
        checked.push((libc::SYS_clone, body));
    }
    checked
}

/// Allows a call if this argument is one of these.
fn only(index: usize, values: &[u32]) -> Vec<sock_filter> {
    let mut body = vec![load(argument(index))];
    for &value in values {
        body.extend([jump(BPF_JEQ, value, 0, 1), give(ALLOW)]);
    }
    body.push(give(NOT_PERMITTED));
    body
}

/// Offset of the low half of an argument; both processors are little-endian.
fn argument(index: usize) -> usize {
    offset_of!(libc::seccomp_data, args) + index * size_of::<u64>()
}

fn word(number: c_long) -> u32 {
    number as u32
}

fn load(offset: usize) -> sock_filter {
    sock_filter { code: (BPF_LD | BPF_W | BPF_ABS) as u16, jt: 0, jf: 0, k: offset as u32 }
}

fn jump(test: u32, value: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | test | BPF_K) as u16, jt, jf, k: value }
}

fn give(verdict: u32) -> sock_filter {
    sock_filter { code: (BPF_RET | BPF_K) as u16, jt: 0, jf: 0, k: verdict }
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;

    const PID: u32 = 4711;

    /// What the kernel would do: the few instructions that the filter uses.
    fn run(program: &[sock_filter], architecture: u32, number: c_long, args: [u64; 6]) -> u32 {
        let mut data = Vec::new();
        data.extend((number as u32).to_le_bytes());
        data.extend(architecture.to_le_bytes());
        data.extend(0_u64.to_le_bytes());
        args.iter().for_each(|arg| data.extend(arg.to_le_bytes()));
        let (mut accumulator, mut at) = (0_u32, 0_usize);
        loop {
            let step = &program[at];
            let branch = |yes: bool| at + 1 + usize::from(if yes { step.jt } else { step.jf });
            at = match u32::from(step.code) {
                code if code == BPF_LD | BPF_W | BPF_ABS => {
                    accumulator = u32::from_le_bytes(data[step.k as usize..][..4].try_into().unwrap());
                    at + 1
                }
                code if code == BPF_ALU | BPF_AND | BPF_K => {
                    accumulator &= step.k;
                    at + 1
                }
                code if code == BPF_JMP | BPF_JEQ | BPF_K => branch(accumulator == step.k),
                code if code == BPF_JMP | BPF_JGE | BPF_K => branch(accumulator >= step.k),
                code if code == BPF_JMP | BPF_JSET | BPF_K => branch(accumulator & step.k != 0),
                code if code == BPF_RET | BPF_K => return step.k,
                code => panic!("no such instruction: {code}"),
            };
        }
    }

    fn check(threads: bool, number: c_long, args: &[u64], expected: u32) {
        let architecture = ARCHITECTURE.unwrap();
        let program = program(architecture, threads, PID);
        let mut all = [0; 6];
        all[..args.len()].copy_from_slice(args);
        assert_eq!(run(&program, architecture, number, all), expected, "call {number} {args:?}");
        assert_eq!(run(&program, architecture ^ 1, number, all), KILL, "call {number} of another processor");
    }

    #[test]
    fn every_row_gets_its_verdict() {
        for (rows, verdict) in [(ALLOWED, ALLOW), (DENIED, ACCESS_DENIED), (DEADLY, KILL)] {
            rows.iter().for_each(|&number| check(true, number, &[], verdict));
        }
        let mut all: Vec<c_long> = [ALLOWED, DENIED, DEADLY].concat();
        all.extend(checked(true, PID).iter().map(|(number, _)| *number));
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "a call stands in two rows");
    }

    #[test]
    fn unknown_calls_are_not_permitted() {
        for number in [libc::SYS_kill, libc::SYS_ftruncate, libc::SYS_pwrite64, libc::SYS_memfd_create, libc::SYS_unlinkat] {
            check(true, number, &[], NOT_PERMITTED);
        }
        check(true, 3000, &[], NOT_PERMITTED);
        check(true, 0x4000_0000, &[], KILL);
        check(true, -1, &[], KILL);
    }

    #[test]
    fn arguments_decide() {
        let (private, shared) = (u64::from(libc::MAP_PRIVATE as u32), u64::from(libc::MAP_SHARED as u32));
        let (nameless, write) = (u64::from(libc::MAP_ANONYMOUS as u32), u64::from((libc::PROT_READ | libc::PROT_WRITE) as u32));
        let run = u64::from((libc::PROT_READ | libc::PROT_EXEC) as u32);
        let thread = u64::from(THREAD_FLAGS);
        let process = u64::from((libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD) as u32);
        let space = u64::from((libc::CLONE_NEWUSER) as u32);
        let rows: &[(c_long, &[u64], u32)] = &[
            (libc::SYS_mmap, &[0, 4096, write, private | nameless], ALLOW),
            (libc::SYS_mmap, &[0, 4096, 1, shared], ALLOW),
            (libc::SYS_mmap, &[0, 4096, write, shared | nameless], NOT_PERMITTED),
            (libc::SYS_mmap, &[0, 4096, run, private | nameless], NOT_PERMITTED),
            (libc::SYS_mprotect, &[0, 4096, write], ALLOW),
            (libc::SYS_mprotect, &[0, 4096, run], NOT_PERMITTED),
            (libc::SYS_clone3, &[], NOT_THERE),
            (libc::SYS_clone, &[thread], ALLOW),
            (libc::SYS_clone, &[thread | u64::from(THREAD_FLAG_WITHOUT_MEANING)], ALLOW),
            (libc::SYS_clone, &[process], NOT_PERMITTED),
            (libc::SYS_clone, &[thread | space], NOT_PERMITTED),
            (libc::SYS_tgkill, &[u64::from(PID), 1, 6], ALLOW),
            (libc::SYS_tgkill, &[1, 1, 6], NOT_PERMITTED),
            (libc::SYS_prlimit64, &[0, 3, 0, 0x7fff_0000_1000], ALLOW),
            (libc::SYS_prlimit64, &[0, 3, 0x1000], NOT_PERMITTED),
            (libc::SYS_prlimit64, &[0, 3, 0x7fff_0000_0000], NOT_PERMITTED),
            (libc::SYS_prctl, &[libc::PR_SET_NAME as u64], ALLOW),
            (libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG as u64], NOT_PERMITTED),
            (libc::SYS_prctl, &[libc::PR_SET_DUMPABLE as u64], NOT_PERMITTED),
            (libc::SYS_fcntl, &[3, libc::F_GETFD as u64], ALLOW),
            (libc::SYS_fcntl, &[3, libc::F_SETOWN as u64], NOT_PERMITTED),
        ];
        rows.iter().for_each(|(number, args, expected)| check(true, *number, args, *expected));
        check(false, libc::SYS_clone, &[thread], NOT_PERMITTED);
    }
}
