import { dlopen, FFIType, ptr } from 'bun:ffi';

type GetSockOpt = (fd: number, level: number, option: number, value: NodeJS.TypedArray) => boolean;

let loaded: GetSockOpt | undefined;

function load(): GetSockOpt {
  const { i32, ptr: pointer } = FFIType;
  const { symbols } = dlopen('libc.so.6', {
    getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
  });
  return (fd, level, option, value) => {
    const length = new Int32Array([value.byteLength]);
    return symbols.getsockopt(fd, level, option, ptr(value), ptr(length)) === 0;
  };
}

/** Reads an option of the socket with descriptor `fd` into `value` (getsockopt(2)); false when there is none. */
export const readSocketOption: GetSockOpt = (fd, level, option, value) => {
  loaded ??= load();
  return loaded(fd, level, option, value);
};
