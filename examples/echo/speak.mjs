// Says a line, closes its side, and prints what comes back until the end: node speak.mjs PORT TEXT
import { connect } from 'node:net';

const [port, text] = process.argv.slice(2);
const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
socket.end(`${text}\n`);
socket.pipe(process.stdout);
