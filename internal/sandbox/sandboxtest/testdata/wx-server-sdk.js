// A small stand-in for WeChat's cloud library: the one call, to a sandbox.
// post(path, json) is given by the test and returns the answer's JSON.
(function (post) {
  return {
    init: function () {},
    openapi: {
      logistics: {
        cancelOrder: async function (args) {
          const answer = JSON.parse(post('/openapi/logistics.cancelOrder', JSON.stringify(args)));
          if (answer.errCode !== 0) {
            // The library raises these two and drops the rest, the carrier's code with it.
            const raised = { errCode: answer.errCode, errMsg: answer.errMsg };
            throw Object.assign(new Error('errCode: ' + raised.errCode + ' | errMsg: ' + raised.errMsg), raised);
          }
          return answer;
        },
      },
    },
  };
})
