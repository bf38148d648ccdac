//! Speeds of the exchange, printed: bytes a second one way, time of a small round trip, time to start a worker.

use std::time::Instant;

use doorward_contain::{Caps, Worker, own_program};

/// Prints one line a measurement.
pub fn all() {
    for way in ["free", "confined"] {
        let mut worker = Worker::spawn(own_program(), &["worker", way], &Caps::default()).unwrap();
        println!("{way}: {:?}", worker.confinement(None).unwrap());
        small(&mut worker);
        for bytes in [4 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20] {
            to_worker(&mut worker, bytes);
            from_worker(&mut worker, bytes);
        }
    }
    starting();
}

const BULK_BYTES: usize = 2 << 30;

fn small(worker: &mut Worker) {
    let (mut reply, rounds) = (Vec::new(), 100_000);
    let begun = Instant::now();
    for _ in 0..rounds {
        worker.send(b"echo:0123456789abcdef", &[], None).unwrap();
        worker.receive_into(&mut reply, None).unwrap();
    }
    println!("  round trip of 16 bytes: {:.2} us", begun.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
}

fn to_worker(worker: &mut Worker, bytes: usize) {
    let (frame, mut reply, rounds) = (vec![1; bytes], Vec::new(), BULK_BYTES / bytes);
    let begun = Instant::now();
    for _ in 0..rounds {
        worker.send_parts(&[b"take:", &frame], &[], None).unwrap();
        worker.receive_into(&mut reply, None).unwrap();
    }
    show("to the worker, each frame answered", bytes, begun);
}

fn from_worker(worker: &mut Worker, bytes: usize) {
    let (mut reply, rounds) = (Vec::new(), BULK_BYTES / bytes);
    worker.send(format!("give:{rounds},{bytes}").as_bytes(), &[], None).unwrap();
    let begun = Instant::now();
    for _ in 0..rounds {
        worker.receive_into(&mut reply, None).unwrap();
    }
    show("from the worker", bytes, begun);
}

fn show(what: &str, bytes: usize, begun: Instant) {
    println!("  {what}, frames of {} KiB: {:.2} GB/s", bytes >> 10, BULK_BYTES as f64 / begun.elapsed().as_secs_f64() / 1e9);
}

fn starting() {
    let mut times: Vec<f64> = (0..101)
        .map(|_| {
            let begun = Instant::now();
            let mut worker = Worker::spawn(own_program(), &["worker", "confined"], &Caps::default()).unwrap();
            worker.confinement(None).unwrap();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("start to confined: median {:.2} ms, worst {:.2} ms", times[50], times[100]);
}
