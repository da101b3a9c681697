declare module '*.cedar' {
  const text: string;
  export default text;
}
