// Sends back what it is sent: the application behind the TCP cases.
Bun.listen({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    // Messages of the load are far smaller than what a socket takes at once.
    data: (socket, bytes) => void socket.write(bytes),
    error: () => undefined,
  },
});
