import { dlopen, FFIType } from 'bun:ffi';

/** linux/prctl.h */
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

/**
 * Has the kernel end this process when the one that started it ends, whatever this one does then: one that stands
 * still does not notice the end of a channel, and keeps its ports from the next.
 */
export function endWithParent(): void {
  const { i32, u64 } = FFIType;
  const library = dlopen('libc.so.6', {
    prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  });
  library.symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0n, 0n, 0n);
}
