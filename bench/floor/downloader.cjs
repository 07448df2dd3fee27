'use strict';
// Downloads an address again and again, in a process of its own, so that the bytes cost the bench's clock nothing. Its
// parent sends {url, token}; asked for {report}, it answers how many bytes have come, and what went wrong.
const { get } = require('node:http');

let bytes = 0;
let failure;

function download({ url, token }) {
  const request = get(url, { headers: { authorization: `Bearer ${token}` } }, (response) => {
    if (response.statusCode !== 200) failure = `the download was answered with ${response.statusCode}`;
    response.on('data', (chunk) => { bytes += chunk.length; });
    response.on('end', () => failure === undefined && download({ url, token }));
    response.on('error', (error) => { failure = error.message; });
  });
  request.on('error', (error) => { failure = error.message; });
}

process.on('message', (message) => {
  if (message.url) download(message);
  else process.send({ bytes, failure });
});
process.on('disconnect', () => process.exit(0));
