// Hello over HTTP; /count tells how many requests were answered. node hello.js PORT
const http = require('http');
let count = 0;
const server = http.createServer((request, response) => {
  count++;
  response.setHeader('Content-Type', 'text/plain');
  response.end(request.url === '/count' ? String(count) : 'hello\n');
});
server.keepAliveTimeout = 0;
server.listen(Number(process.argv[2]), '127.0.0.1');
