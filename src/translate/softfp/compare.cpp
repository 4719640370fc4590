#include "translate/softfp/compare.h"

#include "translate/softfp/unpack.h"

namespace veneer::softfp {
namespace {

// Of values that are not NaNs, and have been flushed.
template <class F>
Order order(typename F::Bits a, typename F::Bits b) {
  if (((a | b) & ~F::kSign) == 0) return Order::Equal;  // zeros of either sign
  if (a == b) return Order::Equal;
  if (F::sign(a) != F::sign(b)) return F::sign(a) ? Order::Less : Order::Greater;
  return (a < b) != F::sign(a) ? Order::Less : Order::Greater;
}

// The operand as arithmetic sees it: a denormal may be flushed.
template <class F>
typename F::Bits flushed(Env& env, typename F::Bits a) {
  return unpack<F>(env, a).zero() ? F::zero(F::sign(a)) : a;
}

template <class F>
typename F::Bits extreme(Env& env, typename F::Bits a, typename F::Bits b, Order wanted) {
  using Bits = typename F::Bits;
  const Bits x = flushed<F>(env, a), y = flushed<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  const Order o = order<F>(x, y);
  // Equal and different: +0 is above -0.
  if (o == Order::Equal) return wanted == Order::Greater ? static_cast<Bits>(x & y) : static_cast<Bits>(x | y);
  return o == wanted ? x : y;
}

template <class F>
typename F::Bits extreme_num(Env& env, typename F::Bits a, typename F::Bits b, Order wanted, Signalling rule) {
  if (rule == Signalling::AsQuiet) {
    if (F::is_snan(a) || F::is_snan(b)) env.raise(fpsr::kIOC);
    if (F::is_nan(a)) a = F::quieted(a);
    if (F::is_nan(b)) b = F::quieted(b);
  }
  const auto quiet = [](typename F::Bits v) { return F::is_nan(v) && !F::is_snan(v); };
  const auto least = F::infinity(wanted == Order::Greater);
  const bool a_quiet = quiet(a), b_quiet = quiet(b);
  if (a_quiet && !b_quiet) a = least;
  if (b_quiet && !a_quiet) b = least;
  return extreme<F>(env, a, b, wanted);
}

}  // namespace

template <class F>
Order compare(Env& env, typename F::Bits a, typename F::Bits b, bool signal_all) {
  const auto x = flushed<F>(env, a), y = flushed<F>(env, b);
  if (F::is_nan(a) || F::is_nan(b)) {
    if (signal_all || F::is_snan(a) || F::is_snan(b)) env.raise(fpsr::kIOC);
    return Order::Unordered;
  }
  return order<F>(x, y);
}

template <class F>
typename F::Bits max(Env& env, typename F::Bits a, typename F::Bits b) {
  return extreme<F>(env, a, b, Order::Greater);
}
template <class F>
typename F::Bits min(Env& env, typename F::Bits a, typename F::Bits b) {
  return extreme<F>(env, a, b, Order::Less);
}
template <class F>
typename F::Bits max_num(Env& env, typename F::Bits a, typename F::Bits b, Signalling rule) {
  return extreme_num<F>(env, a, b, Order::Greater, rule);
}
template <class F>
typename F::Bits min_num(Env& env, typename F::Bits a, typename F::Bits b, Signalling rule) {
  return extreme_num<F>(env, a, b, Order::Less, rule);
}

#define INSTANTIATE(F)                                             \
  template Order compare<F>(Env&, F::Bits, F::Bits, bool);         \
  template F::Bits max<F>(Env&, F::Bits, F::Bits);                 \
  template F::Bits min<F>(Env&, F::Bits, F::Bits);                 \
  template F::Bits max_num<F>(Env&, F::Bits, F::Bits, Signalling); \
  template F::Bits min_num<F>(Env&, F::Bits, F::Bits, Signalling);
INSTANTIATE(Half)
INSTANTIATE(Single)
INSTANTIATE(Double)
#undef INSTANTIATE

}  // namespace veneer::softfp
