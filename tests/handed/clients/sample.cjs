// A client as people write it from the vendor's NODE sample: `request`, a callback, `throw new Error(error)`. The package
// `request` is no more, so the first lines stand for what of it the sample uses. Polling is ours; the page has no sample of it.
var http = require('http');
function request(options, callback) {
  var sent = http.request(options.url, { method: options.method, headers: options.headers }, function (response) {
    response.body = '';
    response.setEncoding('utf8');
    response.on('data', function (piece) { response.body += piece; });
    response.on('end', function () { callback(null, response); });
    response.on('error', callback);
  });
  sent.on('error', callback);
  sent.end(options.body);
}

function ask(url, body, callback) {
  var options = {
    'method': 'POST',
    'url': url,
    'headers': {
      'Content-Type': 'application/json'
    },
    body: JSON.stringify(body)
  };
  request(options, function (error, response) {
    if (error) throw new Error(error);
    callback(JSON.parse(response.body));
  });
}

function generate(base_url, key, order, callback) {
  ask(base_url + '/api/v6/images/text2img', Object.assign({ "key": key }, order), function check(result) {
    if (result.status == 'success') {
      callback(null, result.output);
    } else if (result.status == 'processing') {
      setTimeout(function () {
        ask(result.fetch_result, { "key": key }, check);
      }, 5000);
    } else {
      callback(new Error(result.message));
    }
  });
}

module.exports = generate;
