// A thread that sleeps until each moment and says so: a timer of the event loop would come up to 1 ms late.
declare const self: Worker;

const asleep = new Int32Array(new SharedArrayBuffer(4));

self.onmessage = ({ data }: MessageEvent<{ startMs: number; everyMs: number; count: number }>) => {
  for (let n = 0; n < data.count; n += 1) {
    const leftMs = data.startMs + n * data.everyMs - (performance.timeOrigin + performance.now());
    if (leftMs > 0) Atomics.wait(asleep, 0, 0, leftMs);
    self.postMessage(n);
  }
};
