// SPDX-License-Identifier: Apache-2.0
//! A whole plugin in one Rust file, without crates: a rate limiter with an exact sliding window in memory.
//!
//!   rustc --edition 2021 -O --crate-type cdylib -o rust-limiter.so rust_limiter.rs
//!
//! The structs mirror <gatehouse/abi.h>, host.h, plugin.h and rate_limiter.h; the asserts below hold them to the sizes
//! the headers have on 64-bit machines. rustc exports the one symbol that is #[no_mangle] and nothing else.
#![deny(unsafe_op_in_unsafe_fn, warnings)]

use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::{Mutex, PoisonError};

type Status = i32;
const OK: Status = 0;
const INVALID: Status = 3;
const TIMEOUT: Status = 5;
const INTERNAL: Status = 9;
const VALIDATE_ONLY: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
struct Slice {
    data: *const u8,
    size: u64,
}

#[repr(C)]
struct Call {
    struct_size: u32,
    reserved: u32,
    deadline_ns: i64,
    now_us: i64,
    request_id: Slice,
    traceparent: Slice,
    tenant: Slice,
    explain_context: *mut c_void,
    explain: Option<unsafe extern "C" fn(*mut c_void, Slice)>,
}

/// As much of gh_host as is used here; the host's own is longer.
#[repr(C)]
struct Host {
    struct_size: u32,
    abi_minor: u32,
    context: *mut c_void,
    log: unsafe extern "C" fn(*mut c_void, u32, Slice),
    monotonic_ns: unsafe extern "C" fn(*mut c_void) -> i64,
}

#[repr(C)]
struct CreateArgs {
    struct_size: u32,
    flags: u32,
    host: *const Host,
    name: Slice,
    state_dir: Slice,
    config: *const c_void,
    config_count: u64,
    config_stride: u64,
}

#[repr(C)]
struct Interface {
    id: *const c_char,
    table: *const c_void,
}

#[repr(C)]
struct Plugin {
    magic: u64,
    struct_size: u32,
    abi_major: u32,
    abi_minor: u32,
    needs_host_minor: u32,
    id: *const c_char,
    version: *const c_char,
    license: *const c_char,
    summary: *const c_char,
    settings: *const c_void,
    setting_count: u32,
    setting_stride: u32,
    interfaces: *const Interface,
    interface_count: u32,
    interface_stride: u32,
    max_concurrency: u32,
    reserved: u32,
    create: unsafe extern "C" fn(*const CreateArgs, *const Call, *mut *mut Limiter) -> Status,
    start: unsafe extern "C" fn(*mut Limiter, *const Call) -> Status,
    drain: unsafe extern "C" fn(*mut Limiter, *const Call) -> Status,
    destroy: unsafe extern "C" fn(*mut Limiter),
}

#[repr(C)]
struct Take {
    struct_size: u32,
    limit: u32,
    window_us: i64,
    key: Slice,
}

#[repr(C)]
struct TakeOut {
    struct_size: u32,
    allowed: u32,
    remaining: u32,
    reserved: u32,
    retry_after_us: i64,
}

#[repr(C)]
struct RateLimiter {
    struct_size: u32,
    reserved: u32,
    take: unsafe extern "C" fn(*mut Limiter, *const Call, *const Take, *mut TakeOut) -> Status,
    reset: unsafe extern "C" fn(*mut Limiter, *const Call, Slice) -> Status,
    ping: unsafe extern "C" fn(*mut Limiter, *const Call) -> Status,
}

const _: () = assert!(size_of::<Call>() == 88 && size_of::<CreateArgs>() == 72 && size_of::<Plugin>() == 128);
const _: () = assert!(size_of::<Take>() == 32 && size_of::<TakeOut>() == 24 && size_of::<RateLimiter>() == 32);

// Constant, and only read: what the pointers point at never changes.
unsafe impl Sync for Plugin {}
unsafe impl Sync for Interface {}

const LATENESS_US: i64 = 10_000_000;
const SWEEP_AT: usize = 1024;

struct Bucket {
    window_us: i64,
    events: Vec<i64>, // in order, the newest last
}

struct Verdict {
    allowed: bool,
    remaining: u32,
    retry_after_us: i64,
}

/// What the host knows as gh_instance.
struct Limiter {
    host: *const Host,                                 // valid as long as the instance
    buckets: Mutex<(HashMap<Vec<u8>, Bucket>, usize)>, // and at how many keys the dead ones are looked for
}

/// How long until an event is `span_us` old; 0 when it is. At the ends of time nothing wraps around.
fn wait_us(event: i64, span_us: i64, now_us: i64) -> i64 {
    span_us.saturating_sub(now_us.saturating_sub(event)).max(0)
}

impl Limiter {
    /// Exact, as <gatehouse/rate_limiter.h> says it: a call up to ten seconds behind its bucket's newest event is judged
    /// as if it had come in time; further behind, the clock was set back, and events in the future count as of now.
    fn take(&self, key: &[u8], limit: u32, window_us: i64, now_us: i64) -> Verdict {
        let mut guard = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (buckets, sweep_at) = &mut *guard;
        if buckets.len() >= *sweep_at && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| {
                let span = bucket.window_us.saturating_add(LATENESS_US);
                bucket
                    .events
                    .last()
                    .is_some_and(|newest| wait_us(*newest, span, now_us) > 0)
            });
            *sweep_at = SWEEP_AT.max(2 * buckets.len());
        }
        let bucket = buckets.entry(key.to_vec()).or_insert(Bucket {
            window_us,
            events: Vec::new(),
        });
        bucket.window_us = window_us;
        let events = &mut bucket.events;
        if events
            .last()
            .is_some_and(|newest| *newest > now_us.saturating_add(LATENESS_US))
        {
            events.iter_mut().for_each(|event| *event = (*event).min(now_us));
        }
        let limit_of_events = limit as usize;
        if events.len() >= limit_of_events {
            let wait = wait_us(events[events.len() - limit_of_events], window_us, now_us);
            if wait > 0 {
                return Verdict {
                    allowed: false,
                    remaining: 0,
                    retry_after_us: wait,
                };
            }
            events.drain(..events.len() - (limit_of_events - 1));
        }
        events.insert(events.partition_point(|event| *event <= now_us), now_us);
        let left = now_us.saturating_sub(window_us);
        let inside = events.len() - events.partition_point(|event| *event <= left);
        Verdict {
            allowed: true,
            remaining: limit.saturating_sub(inside as u32),
            retry_after_us: 0,
        }
    }

    /// Whoever asked has given up: nothing may be counted.
    unsafe fn is_late(&self, call: *const Call) -> bool {
        unsafe { ((*self.host).monotonic_ns)((*self.host).context) > (*call).deadline_ns }
    }

    fn forget(&self, key: &[u8]) {
        self.buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .remove(key);
    }
}

/// One sentence for the operator's log on why the status is not OK.
unsafe fn because(call: *const Call, status: Status, sentence: &str) -> Status {
    let call = unsafe { &*call };
    if let Some(explain) = call.explain {
        unsafe {
            explain(
                call.explain_context,
                Slice {
                    data: sentence.as_ptr(),
                    size: sentence.len() as u64,
                },
            )
        };
    }
    status
}

/// Nothing unwinds across the edge: a panic is a defect of the plugin, and that is GH_INTERNAL.
unsafe fn fenced(call: *const Call, body: impl FnOnce() -> Status) -> Status {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| unsafe { because(call, INTERNAL, "the plugin panicked") })
}

/// Borrowed until the call returns. None: no key.
unsafe fn key_of<'a>(slice: Slice) -> Option<&'a [u8]> {
    if slice.size < 1 || slice.size > 256 {
        return None;
    }
    Some(unsafe { std::slice::from_raw_parts(slice.data, slice.size as usize) })
}

unsafe extern "C" fn take(limiter: *mut Limiter, call: *const Call, take: *const Take, out: *mut TakeOut) -> Status {
    unsafe {
        fenced(call, || {
            if (*limiter).is_late(call) {
                return because(call, TIMEOUT, "the deadline had passed before the call came");
            }
            let take = &*take;
            let Some(key) = key_of(take.key) else {
                return because(call, INVALID, "a key is not 1 to 256 bytes long");
            };
            if take.limit < 1 || take.window_us < 1 {
                return because(call, INVALID, "the limit and the window are 1 or more");
            }
            let verdict = (*limiter).take(key, take.limit, take.window_us, (*call).now_us);
            (*out).allowed = verdict.allowed.into();
            (*out).remaining = verdict.remaining;
            (*out).retry_after_us = verdict.retry_after_us;
            OK
        })
    }
}

unsafe extern "C" fn reset(limiter: *mut Limiter, call: *const Call, key: Slice) -> Status {
    unsafe {
        fenced(call, || {
            if (*limiter).is_late(call) {
                return because(call, TIMEOUT, "the deadline had passed before the call came");
            }
            let Some(key) = key_of(key) else {
                return because(call, INVALID, "a key is not 1 to 256 bytes long");
            };
            (*limiter).forget(key);
            OK
        })
    }
}

unsafe extern "C" fn always(_: *mut Limiter, _: *const Call) -> Status {
    OK
}

unsafe extern "C" fn create(args: *const CreateArgs, call: *const Call, out: *mut *mut Limiter) -> Status {
    unsafe {
        *out = ptr::null_mut();
        fenced(call, || {
            if (*args).flags & VALIDATE_ONLY == 0 {
                *out = Box::into_raw(Box::new(Limiter {
                    host: (*args).host,
                    buckets: Mutex::new((HashMap::new(), SWEEP_AT)),
                }));
            }
            OK
        })
    }
}

unsafe extern "C" fn destroy(limiter: *mut Limiter) {
    drop(unsafe { Box::from_raw(limiter) });
}

static TABLE: RateLimiter = RateLimiter {
    struct_size: size_of::<RateLimiter>() as u32,
    reserved: 0,
    take,
    reset,
    ping: always,
};

static INTERFACES: [Interface; 1] = [Interface {
    id: c"gatehouse.rate_limiter/1".as_ptr(),
    table: ptr::addr_of!(TABLE) as *const c_void,
}];

#[allow(non_upper_case_globals)]
#[no_mangle]
static gatehouse_plugin_v1: Plugin = Plugin {
    magic: 0x3145_5348_4554_4147, // "GATEHSE1", little endian
    struct_size: size_of::<Plugin>() as u32,
    abi_major: 1,
    abi_minor: 0,
    needs_host_minor: 0,
    id: c"rust-limiter".as_ptr(),
    version: c"1.0.0".as_ptr(),
    license: c"Apache-2.0".as_ptr(),
    summary: c"Counts events in this process's memory, in a sliding window; in Rust.".as_ptr(),
    settings: ptr::null(),
    setting_count: 0,
    setting_stride: 40,
    interfaces: ptr::addr_of!(INTERFACES) as *const Interface,
    interface_count: 1,
    interface_stride: size_of::<Interface>() as u32,
    max_concurrency: 0,
    reserved: 0,
    create,
    start: always,
    drain: always,
    destroy,
};
