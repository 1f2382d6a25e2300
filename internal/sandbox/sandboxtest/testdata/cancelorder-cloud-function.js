const cloud = require('wx-server-sdk')
cloud.init()

exports.main = async (event, context) => {
  try {
    const result = await cloud.openapi.logistics.cancelOrder({
      orderId: event.orderId,
      openid: event.openid,
      deliveryId: event.deliveryId,
      waybillId: event.waybillId
    })
    return result
  } catch (err) {
    return { raised: err instanceof Error, error: err }
  }
}
