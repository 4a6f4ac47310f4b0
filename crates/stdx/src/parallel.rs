//! Work shared by several threads that comes back in its order.

use std::{
    collections::BTreeMap,
    sync::{Mutex, mpsc},
    thread,
};

/// Parts that wait or are worked on at once, per thread: enough to keep every thread busy, few enough that memory
/// stays bounded by the size of a part.
const PARTS_PER_THREAD: usize = 3;

/// How many threads this process may use: what the system grants, at least 1.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Gives each of `parts` to `work` on one of `threads` threads and the results, in the order of the parts, to
/// `each` on this one. With one thread everything happens here, in turn.
///
/// Ends with the first error of `each`; parts that were begun are finished first.
pub fn ordered<P: Send, R: Send, E>(
    parts: impl Iterator<Item = P>,
    threads: usize,
    work: impl Fn(P) -> R + Sync,
    mut each: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 {
        for part in parts {
            each(work(part))?;
        }
        return Ok(());
    }
    let (give, take) = mpsc::channel::<(usize, P)>();
    let (take, work) = (&Mutex::new(take), &work);
    thread::scope(|scope| {
        // Goes when this closure ends, whichever way: then the threads find nothing more to take.
        let give = give;
        let (answer, answers) = mpsc::channel::<(usize, R)>();
        for _ in 0..threads {
            let answer = answer.clone();
            scope.spawn(move || {
                loop {
                    // A thread that panicked held the lock only while it took a part: the queue is whole.
                    let next = take.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
                    let Ok((number, part)) = next else { return };
                    if answer.send((number, work(part))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(answer);
        let mut early = BTreeMap::new();
        let mut next = 0;
        let mut numbered = parts.enumerate().fuse();
        let mut given = 0;
        loop {
            while given - next < threads * PARTS_PER_THREAD
                && let Some((number, part)) = numbered.next()
            {
                given = number + 1;
                // The threads live as long as this loop: there is always one to take it.
                let _ = give.send((number, part));
            }
            if next == given {
                return Ok(());
            }
            // Fails only when a thread panicked; the scope passes that on.
            let Ok((number, result)) = answers.recv() else { return Ok(()) };
            early.insert(number, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                each(result)?;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for threads in [1, 2, 5] {
            let mut found = Vec::new();
            let slow = |number: u64| {
                thread::sleep(std::time::Duration::from_micros(number * 7 % 50));
                number * 2
            };
            let all: Result<(), ()> = ordered(0..500, threads, slow, |number| {
                found.push(number);
                Ok(())
            });
            assert_eq!(all, Ok(()));
            assert_eq!(found, (0..500).map(|number| number * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_ends_it_and_parts_are_not_drawn_without_end() {
        for threads in [1, 4] {
            let drawn = std::cell::Cell::new(0);
            let parts = (0..u64::MAX).inspect(|_| drawn.set(drawn.get() + 1));
            let all = ordered(parts, threads, |number| number, |number| if number == 10 { Err("ten") } else { Ok(()) });
            assert_eq!(all, Err("ten"));
            assert!(drawn.get() < 100, "{} parts were drawn", drawn.get());
        }
    }
}
