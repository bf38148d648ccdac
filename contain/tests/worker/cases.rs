//! The tests. Deadlines are generous; nothing is asserted about speed but "well before an hour has passed".

use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use doorward_contain::{
    Caps, Confinement, FDS_PER_FRAME_MAX, Lost, Memory, Segment, Worker, children, own_program, peak_memory_bytes, proc_memory,
    spill_folder,
};

/// All tests by name.
pub const ALL: &[(&str, fn())] = &[
    ("frames_of_all_sizes_come_back", frames_of_all_sizes_come_back),
    ("ten_thousand_round_trips", ten_thousand_round_trips),
    ("many_replies_to_one_request", many_replies_to_one_request),
    ("parts_arrive_as_one_frame", parts_arrive_as_one_frame),
    ("shared_contents_are_mapped", shared_contents_are_mapped),
    ("shared_contents_cannot_be_changed", shared_contents_cannot_be_changed),
    ("a_dying_worker_is_reported_with_its_cause", a_dying_worker_is_reported_with_its_cause),
    ("what_was_sent_before_death_is_read", what_was_sent_before_death_is_read),
    ("a_lying_worker_is_ended", a_lying_worker_is_ended),
    ("an_endless_loop_ends_at_the_deadline", an_endless_loop_ends_at_the_deadline),
    ("a_worker_that_does_not_read_ends_at_the_deadline", a_worker_that_does_not_read_ends_at_the_deadline),
    ("a_trickle_ends_soon_after_the_deadline", a_trickle_ends_soon_after_the_deadline),
    ("memory_beyond_the_cap_kills", memory_beyond_the_cap_kills),
    ("all_walls_stand", all_walls_stand),
    ("the_confined_cannot_reach_out", the_confined_cannot_reach_out),
    ("the_confined_die_when_they_attack", the_confined_die_when_they_attack),
    ("threads_work_after_confinement", threads_work_after_confinement),
    ("no_threads_where_the_caps_say_so", no_threads_where_the_caps_say_so),
    ("a_worker_inherits_nothing", a_worker_inherits_nothing),
    ("a_worker_outlives_the_thread_that_started_it", a_worker_outlives_the_thread_that_started_it),
    ("a_worker_dies_with_its_parent", a_worker_dies_with_its_parent),
    ("a_crash_prints_nothing_unless_asked", a_crash_prints_nothing_unless_asked),
    ("a_full_disk_is_an_error_with_advice", a_full_disk_is_an_error_with_advice),
    ("no_program_is_an_error", no_program_is_an_error),
    ("a_program_that_is_no_worker_is_lost", a_program_that_is_no_worker_is_lost),
    ("started_by_hand_it_refuses", started_by_hand_it_refuses),
    ("nothing_is_left_behind", nothing_is_left_behind),
    ("memory_of_workers_is_measured", memory_of_workers_is_measured),
];

fn start(way: &str, caps: &Caps) -> Worker {
    Worker::spawn(own_program(), &["worker", way], caps).unwrap()
}

fn confined() -> Worker {
    start("confined", &Caps::default())
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_secs(60))
}

fn ask(worker: &mut Worker, request: &str, fds: &[BorrowedFd<'_>]) -> Result<String, Lost> {
    worker.send(request.as_bytes(), fds, soon())?;
    worker.receive(soon()).map(|reply| String::from_utf8(reply).unwrap())
}

fn died(code: Option<i32>, signal: Option<i32>) -> Lost {
    Lost::Died { code, signal }
}

fn frames_of_all_sizes_come_back() {
    for way in ["free", "confined"] {
        let mut worker = start(way, &Caps::default());
        for length in [0, 1, 7, 255, 4096, 65_536, 262_136, 262_144, 262_145, 1 << 20, 20 << 20] {
            let body: Vec<u8> = (0..length).map(|index: usize| (index % 251) as u8).collect();
            worker.send_parts(&[b"echo:", &body], &[], soon()).unwrap();
            assert!(worker.receive(soon()).unwrap() == body, "{length}");
        }
    }
}

fn ten_thousand_round_trips() {
    let mut worker = confined();
    let mut reply = Vec::new();
    for index in 0..10_000 {
        let request = format!("echo:{index}");
        worker.send(request.as_bytes(), &[], soon()).unwrap();
        worker.receive_into(&mut reply, soon()).unwrap();
        assert_eq!(reply, &request.as_bytes()[5..]);
    }
}

fn many_replies_to_one_request() {
    let mut worker = confined();
    worker.send(b"give:2000,5000", &[], soon()).unwrap();
    for _ in 0..2000 {
        assert_eq!(worker.receive(soon()).unwrap(), [7; 5000]);
    }
    assert_eq!(ask(&mut worker, "echo:still there", &[]).unwrap(), "still there");
}

fn parts_arrive_as_one_frame() {
    let mut worker = confined();
    let bodies: Vec<Vec<u8>> = (0..5000_u32).map(|index| index.to_le_bytes().to_vec()).collect();
    let mut parts: Vec<&[u8]> = vec![b"echo:"];
    parts.extend(bodies.iter().map(Vec::as_slice));
    worker.send_parts(&parts, &[], soon()).unwrap();
    assert_eq!(worker.receive(soon()).unwrap(), bodies.concat());
}

fn shared_contents_are_mapped() {
    let mut segment = Segment::create(&spill_folder()).unwrap();
    segment.append(&[b'.'; 5000]).unwrap();
    let at = segment.append(b"from disk").unwrap();
    let memory = Memory::of(&[b"in memory: ", b"shared"]).unwrap();
    let mut worker = confined();
    for _ in 0..200 {
        assert_eq!(ask(&mut worker, &format!("map:{at},9"), &[segment.fd()]).unwrap(), "from disk");
        assert_eq!(ask(&mut worker, "map:11,6", &[memory.fd()]).unwrap(), "shared");
        assert_eq!(ask(&mut worker, "echo:none", &[]).unwrap(), "none");
        assert_eq!(ask(&mut worker, "fds", &[segment.fd(); FDS_PER_FRAME_MAX]).unwrap(), FDS_PER_FRAME_MAX.to_string());
    }
    assert_eq!(ask(&mut worker, "map:11,7", &[memory.fd()]).unwrap(), "InvalidInput 0");
    let too_many = worker.send(b"fds", &[segment.fd(); FDS_PER_FRAME_MAX + 1], soon());
    assert!(matches!(too_many, Err(Lost::Broken(_))), "{too_many:?}");
}

fn shared_contents_cannot_be_changed() {
    let mut segment = Segment::create(&spill_folder()).unwrap();
    segment.append(&[b'.'; 8192]).unwrap();
    let memory = Memory::of(&[&[b'.'; 8192]]).unwrap();
    for way in ["free", "confined"] {
        let mut worker = start(way, &Caps::default());
        for fd in [segment.fd(), memory.fd()] {
            for verb in ["map-writable", "write-fd", "shorten-fd"] {
                let answer = ask(&mut worker, verb, &[fd]).unwrap();
                assert!(answer != "done" && !answer.starts_with("no such verb"), "{way} {verb} {answer}");
            }
        }
    }
    assert!(segment.map(0..8192).unwrap().iter().chain(memory.map().unwrap().iter()).all(|&byte| byte == b'.'));
}

fn a_dying_worker_is_reported_with_its_cause() {
    for way in ["free", "confined"] {
        for (verb, code, signal) in [
            ("abort", None, Some(libc::SIGABRT)),
            ("segv", None, Some(libc::SIGSEGV)),
            ("exit", Some(7), None),
            ("panic", Some(101), None),
            ("deep", None, Some(libc::SIGABRT)),
            ("deaf", None, Some(libc::SIGKILL)),
        ] {
            let mut worker = start(way, &Caps::default());
            assert_eq!(ask(&mut worker, verb, &[]), Err(died(code, signal)), "{way} {verb}");
            assert_eq!(ask(&mut worker, "echo:", &[]), Err(died(code, signal)), "{way} {verb} again");
        }
    }
}

fn what_was_sent_before_death_is_read() {
    for (verb, expected) in
        [("abort", died(None, Some(libc::SIGABRT))), ("exit", died(Some(7), None)), ("fragment", died(Some(0), None))]
    {
        let mut worker = confined();
        assert_eq!(ask(&mut worker, &format!("half:{verb}"), &[]).as_deref(), Ok("first"), "{verb}");
        assert_eq!(worker.receive(soon()), Err(expected), "{verb}");
    }
}

fn a_lying_worker_is_ended() {
    let mut worker = confined();
    let pid = worker.pid();
    assert!(matches!(ask(&mut worker, "boast", &[]), Err(Lost::Broken(_))));
    assert!(proc_memory(pid).is_err());
    let small = Caps { frame_bytes_max: 1000, ..Caps::default() };
    let mut worker = start("confined", &small);
    assert_eq!(ask(&mut worker, "give:1,1000", &[]).map(|reply| reply.len()), Ok(1000));
    assert!(matches!(worker.send(&[b'x'; 1001], &[], soon()), Err(Lost::Broken(_))));
    let mut worker = start("confined", &small);
    assert_eq!(ask(&mut worker, "give:1,1001", &[]), Err(died(Some(101), None)), "the worker's own end refuses");
}

fn an_endless_loop_ends_at_the_deadline() {
    for milliseconds in [0, 1, 30, 200] {
        let mut worker = confined();
        worker.confinement(soon()).unwrap();
        let pid = worker.pid();
        worker.send(b"loop", &[], soon()).unwrap();
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        assert_eq!(worker.receive(Some(deadline)), Err(Lost::TimedOut));
        assert!(Instant::now() >= deadline);
        assert!(proc_memory(pid).is_err(), "killed and reaped");
    }
}

fn a_worker_that_does_not_read_ends_at_the_deadline() {
    let mut worker = confined();
    worker.confinement(soon()).unwrap();
    worker.send(b"loop", &[], soon()).unwrap();
    let deadline = Instant::now() + Duration::from_millis(200);
    assert_eq!(worker.send(&vec![b'x'; 32 << 20], &[], Some(deadline)), Err(Lost::TimedOut));
    assert!(Instant::now() >= deadline);
}

fn a_trickle_ends_soon_after_the_deadline() {
    let mut worker = confined();
    worker.confinement(soon()).unwrap();
    worker.send(b"trickle", &[], soon()).unwrap();
    let begun = Instant::now();
    assert_eq!(worker.receive(Some(begun + Duration::from_millis(100))), Err(Lost::TimedOut));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

fn memory_beyond_the_cap_kills() {
    let caps = Caps { memory_bytes: 256 << 20, mapped_bytes: 256 << 20, ..Caps::default() };
    let mut worker = start("confined", &caps);
    assert_eq!(ask(&mut worker, "hog:64", &[]).as_deref(), Ok("64"));
    assert_eq!(ask(&mut worker, "hog:1024", &[]), Err(died(None, Some(libc::SIGABRT))));
    // A mapped content is no memory of its own: one larger than that still fits.
    let mut segment = Segment::create(&spill_folder()).unwrap();
    for _ in 0..200 {
        segment.append(&vec![b'm'; 1 << 20]).unwrap();
    }
    let caps = Caps { memory_bytes: 32 << 20, mapped_bytes: 256 << 20, ..Caps::default() };
    let mut worker = start("confined", &caps);
    worker.send(format!("map:{},3", 150 << 20).as_bytes(), &[segment.fd()], soon()).unwrap();
    assert_eq!(worker.receive(soon()).unwrap(), b"mmm");
}

fn all_walls_stand() {
    for way in ["confined", "nobody"] {
        let mut worker = start(way, &Caps::default());
        let confinement = worker.confinement(soon()).unwrap();
        assert!(confinement.rlimits && confinement.unprivileged, "{way} {confinement:?}");
        // Kernels without landlock or seccomp are allowed for, but a worker must not claim what it has not.
        let answer = ask(&mut worker, "open:/proc/self/status", &[]).unwrap();
        let denied = answer.starts_with("PermissionDenied");
        assert_eq!(denied, confinement.landlock.is_some() || confinement.seccomp, "{way} {answer}");
        assert_eq!(confinement.gaps().is_empty(), confinement.landlock >= Some(4) && confinement.seccomp);
    }
    assert_eq!(start("free", &Caps::default()).confinement(soon()), Ok(Confinement::default()));
}

fn the_confined_cannot_reach_out() {
    let victim = spill_folder().join(format!("doorward-contain-victim-{}", std::process::id()));
    std::fs::write(&victim, "untouched").unwrap();
    let name = victim.display().to_string();
    for way in ["confined", "nobody"] {
        let mut worker = start(way, &Caps::default());
        if !worker.confinement(soon()).unwrap().seccomp {
            eprintln!("no seccomp here: {way} not tried");
            continue;
        }
        let (access, permitted) = ("PermissionDenied 13", "PermissionDenied 1");
        for (request, expected) in [
            ("open:/etc/passwd", access),
            ("open:/dev/null", access),
            ("list:/", access),
            (&*format!("open:{name}"), access),
            (&*format!("write:{name}"), access),
            (&*format!("write:{name}-new"), access),
            (&*format!("remove:{name}"), permitted),
            ("fork", permitted),
            ("kill-parent", permitted),
            ("kill-all", permitted),
            ("memfd", permitted),
            ("dup-of-limits", permitted),
            ("executable", permitted),
            ("shared", permitted),
            ("chdir", permitted),
        ] {
            assert_eq!(ask(&mut worker, request, &[]).as_deref(), Ok(expected), "{way} {request}");
        }
        assert!(children(worker.pid()).is_empty());
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    std::fs::remove_file(&victim).unwrap();
    assert!(!victim.with_file_name(format!("doorward-contain-victim-{}-new", std::process::id())).exists());
}

fn the_confined_die_when_they_attack() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = format!("tcp:{}", listener.local_addr().unwrap());
    for way in ["confined", "nobody"] {
        for verb in ["exec", "ptrace", "udp", "listen", &*tcp] {
            let mut worker = start(way, &Caps::default());
            if worker.confinement(soon()).unwrap().seccomp {
                assert_eq!(ask(&mut worker, verb, &[]), Err(died(None, Some(libc::SIGSYS))), "{way} {verb}");
            }
        }
        // The standard library opens a socket pair or a pipe first; either way nothing starts.
        let mut worker = start(way, &Caps::default());
        if worker.confinement(soon()).unwrap().seccomp {
            let answer = ask(&mut worker, "spawn", &[]);
            assert!(
                answer == Err(died(None, Some(libc::SIGSYS)))
                    || answer == Ok("PermissionDenied 1".to_owned())
                    || answer == Ok("PermissionDenied 13".to_owned()),
                "{answer:?}"
            );
        }
    }
}

fn threads_work_after_confinement() {
    for way in ["confined", "nobody"] {
        let mut worker = start(way, &Caps::default());
        for _ in 0..20 {
            assert_eq!(ask(&mut worker, "thread", &[]).as_deref(), Ok("499500"), "{way}");
        }
    }
}

fn no_threads_where_the_caps_say_so() {
    let mut worker = start("nobody", &Caps { threads: false, ..Caps::default() });
    let answer = ask(&mut worker, "thread", &[]).unwrap();
    assert_ne!(answer, "499500");
    assert_eq!(ask(&mut worker, "echo:well", &[]).as_deref(), Ok("well"));
}

fn a_worker_inherits_nothing() {
    let file = std::fs::File::open("/dev/null").unwrap();
    // SAFETY: no memory is involved. The descriptor stays open across exec, as one from a careless shell would.
    let leaky = unsafe { libc::dup(file.as_raw_fd()) };
    let mut worker = confined();
    let open = ask(&mut worker, "open-fds", &[]);
    // SAFETY: made above and used by nobody else.
    unsafe { libc::close(leaky) };
    assert_eq!(open.as_deref(), Ok("4"), "three standard streams and the socket");
    let mut worker = start("free", &Caps::default());
    worker.confinement(soon()).unwrap();
    assert_eq!(std::fs::read_to_string(format!("/proc/{}/environ", worker.pid())).unwrap(), "");
    assert_eq!(std::fs::read_link(format!("/proc/{}/cwd", worker.pid())).unwrap().to_str(), Some("/"));
}

fn a_worker_outlives_the_thread_that_started_it() {
    let mut worker = std::thread::spawn(|| {
        let mut worker = confined();
        worker.confinement(soon()).unwrap();
        worker
    })
    .join()
    .unwrap();
    assert_eq!(ask(&mut worker, "echo:here", &[]).as_deref(), Ok("here"));
}

fn a_worker_dies_with_its_parent() {
    let mut middle = Command::new(own_program()).arg("middle").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(middle.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid: u32 = line.trim().parse().unwrap();
    assert!(is_running(pid));
    middle.kill().unwrap();
    middle.wait().unwrap();
    let deadline = soon().unwrap();
    while is_running(pid) {
        assert!(Instant::now() < deadline, "worker {pid} lives on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_running(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z') && !line.contains('X'))
}

fn a_crash_prints_nothing_unless_asked() {
    for (kept, expected) in [("quiet", false), ("kept", true)] {
        let output = Command::new(own_program()).args(["noisy", kept]).output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr).contains("noise"), expected, "{kept}");
        assert!(output.stdout.is_empty());
    }
}

fn a_full_disk_is_an_error_with_advice() {
    assert!(Command::new(own_program()).arg("full").status().unwrap().success());
}

fn no_program_is_an_error() {
    let error = Worker::spawn("/no/such/program".as_ref(), &[], &Caps::default()).err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

fn a_program_that_is_no_worker_is_lost() {
    for (program, code) in [("/bin/true", 0), ("/bin/false", 1)] {
        let mut worker = Worker::spawn(program.as_ref(), &[], &Caps::default()).unwrap();
        assert_eq!(worker.confinement(soon()), Err(died(Some(code), None)), "{program}");
    }
}

fn started_by_hand_it_refuses() {
    let status = Command::new(own_program()).args(["worker", "confined"]).stdin(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(3));
}

fn nothing_is_left_behind() {
    drop(confined());
    let (fds, kids) = (open_fds(), children(std::process::id()));
    assert!(kids.is_empty(), "{kids:?}");
    for verb in ["echo:x", "abort", "loop", "boast", "exit"] {
        for _ in 0..10 {
            let memory = Memory::of(&[b"x"]).unwrap();
            let mut worker = confined();
            worker.send(verb.as_bytes(), &[memory.fd()], soon()).unwrap();
            let _ = worker.receive(Some(Instant::now() + Duration::from_millis(20)));
        }
    }
    let never_asked: Vec<Worker> = (0..10).map(|_| confined()).collect();
    assert_eq!(children(std::process::id()).len(), 10);
    drop(never_asked);
    assert!(Worker::spawn("/no/such/program".as_ref(), &[], &Caps::default()).is_err());
    assert_eq!((open_fds(), children(std::process::id())), (fds, kids));
    // Nor in the worker: descriptors that it was sent are closed when it drops them.
    let mut worker = confined();
    let null = std::fs::File::open("/dev/null").unwrap();
    for _ in 0..500 {
        assert_eq!(ask(&mut worker, "fds", &[null.as_fd(); 8]).as_deref(), Ok("8"));
    }
}

fn open_fds() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn memory_of_workers_is_measured() {
    let mut worker = confined();
    worker.confinement(soon()).unwrap();
    let before = proc_memory(worker.pid()).unwrap();
    assert_eq!(ask(&mut worker, "hog:100", &[]).as_deref(), Ok("100"));
    let after = proc_memory(worker.pid()).unwrap();
    assert!(before.anonymous > 0 && after.peak >= 100 << 20, "{before:?} {after:?}");
    assert!(children(std::process::id()).contains(&worker.pid()));
    drop(worker);
    assert!(peak_memory_bytes().largest_child >= 100 << 20);
}
