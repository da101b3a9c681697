export {
  type ExchangeError,
  type ExchangeRefusal,
  type ExchangeRequest,
  readExchangeForm,
  refuseExchange,
  TOKEN_TYPES,
} from './exchange-request.ts';
export { type ExchangeOrder, type ExchangeRules, judgeExchange } from './judge-exchange.ts';
