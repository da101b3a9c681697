/** What `read` makes of a command line; undefined once what is wrong with it, and `usage`, are said. */
export function optionsOrUsage<Options>(read: () => Options, usage: string): Options | undefined {
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nusage: ${usage}`);
    return undefined;
  }
}
