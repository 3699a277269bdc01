/*
 * The protocol of the standby, for spin (scripts/check-model runs every row of its table).
 *
 * Two machines, each with a launcher, a lease-keeper and a bot with the kit; one register with compare-and-swap. Time
 * runs in ticks, TTL of them in the time to live. A request may be applied late, after its launcher gave it up, or
 * never; an answer may come late or never. Two requests of a machine are in flight at once: the current one and one
 * that was given up. Everything else is chosen freely: when a launcher renews, observes, gives up, hands over, stops.
 *
 * MODE 1: launchers, keepers and bots freeze, wake and die in any order, as long as one of a machine's three enforcers
 *         (launcher, keeper, kit) works. Claim: when an epoch is granted, no bot of an earlier epoch lives.
 * MODE 2: whole machines freeze, bots within a transaction too. Claim: the epochs of commits never fall.
 * MODE 3: messages arrive within a tick, and machines die. Claim: a released lease is taken, also when its heir dies;
 *         a dead holder's lease is taken after TTL.
 *
 * CONTROL n leaves one rule out; spin must then find a counterexample:
 * 1 the fence is a plain SELECT (MODE 2)             2 keeper and kit know no deadline
 * 3 the deadline counts from the answer              4 a release compares nothing
 * 5 a standby believes the server's clock            6 a renewal also renews a released lease
 */
#ifndef MODE
#define MODE 1
#endif
#ifndef CONTROL
#define CONTROL 0
#endif
#ifndef TTL
#define TTL 4
#endif
#define LAST (TTL - 1)	/* enforcers have acted before the tick that follows this one: 0.92 */
#define LATEST (TTL / 2)	/* a bot is started only before: 0.5 left */
#define HEIR 1	/* ticks for which a passed lease is left to its heir */
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef LOSS
#define LOSS 1
#endif
#ifndef EPOCHS
#define EPOCHS 3
#endif

/* states of a launcher */
#define STANDBY 0
#define ASKING 1
#define LEADING 2
#define OFFERING 3
#define PASSING 4
#define LOSING 5
/* requests */
#define NOTHING 0
#define ACQUIRE 1
#define RENEW 2
#define RELEASE 3
#define CLAIM 4

#define BIT(b) (1 << (b))

/* the row; beats are small numbers, used again once nothing can write or match them any more */
byte rowBeat = 1, rowEpoch, rowHolder, rowHeir;
bit rowOffer, rowExpired;

/* requests: 2m is the current one of machine m, 2m + 1 one that was given up */
byte kind[4], beat[4], over[4], number[4], extra[4];
bit answered[4];

/* launchers */
byte state[2], epoch[2], mine[2], sent[2], watched[2], watchedFor[2], seen[2], age[2], heir[2];
bit launcherDead[2], launcherFrozen[2], keeperDead[2], keeperFrozen[2];
/* bots: the epoch; 0 is none */
byte bot[2];
bit botFrozen[2];

#if MODE == 2
byte fence, committed;
bit opened[2], inside[2];
#endif
#if MODE == 3
byte vacant, released;
bit looked[2];
#endif

byte live, fresh, i;
#if MODE == 1
byte faults;
#endif

/* nothing more can be learned once the last epoch was granted */
#if MODE == 2
#define ON (committed < EPOCHS)
#else
#define ON (rowEpoch < EPOCHS)
#endif
#define LAUNCHER(m) (ON && !launcherDead[m] && !launcherFrozen[m])
#define KEEPER(m) (ON && !keeperDead[m] && !keeperFrozen[m])
/* whether the bot's end at the deadline is certain; a control does not change what may fail */
#if CONTROL == 2
#define ENFORCED(m) LAUNCHER(m)
#else
#define ENFORCED(m) (LAUNCHER(m) || KEEPER(m) || !botFrozen[m])
#endif

/* Which beats can still be, or come, into the row. All others can be forgotten: no comparison with them succeeds. */
inline findLive() {
	live = BIT(rowBeat);
	for (i : 0 .. 3) {
		if
		:: !answered[i] && kind[i] >= ACQUIRE && kind[i] <= RELEASE -> live = live | BIT(beat[i])
		:: else
		fi
	}
}
inline tidy() {
	findLive();
	for (i : 0 .. 3) {
		over[i] = over[i] & live;
		if
		:: answered[i] && !(live & BIT(beat[i])) -> beat[i] = 0
		:: else
		fi
	}
	for (i : 0 .. 1) {
		mine[i] = mine[i] & live;
		if
		:: watched[i] && !(live & BIT(watched[i])) -> watched[i] = 7
		:: else
		fi;
		if
		:: !bot[i] && (state[i] < LEADING || launcherDead[i]) -> age[i] = 0
		:: else
		fi;
		if
		:: !watched[i] -> watchedFor[i] = 0; seen[i] = 0
		:: else
		fi
	}
	i = 0; live = 0; fresh = 0
}
inline newBeat() {
	findLive();
	fresh = 1;
	do
	:: (live & BIT(fresh)) -> fresh++
	:: else -> break
	od;
	assert(fresh < 7)
}
inline clear(s) {
	kind[s] = NOTHING; beat[s] = 0; over[s] = 0; number[s] = 0; extra[s] = 0; answered[s] = 0
}
inline giveUp(m) {
	kind[2*m+1] = kind[2*m]; beat[2*m+1] = beat[2*m]; over[2*m+1] = over[2*m];
	number[2*m+1] = number[2*m]; extra[2*m+1] = extra[2*m];
	clear(2*m); sent[m] = 0
}
inline ask(m, k, o, n, x) {
	kind[2*m] = k; over[2*m] = o; number[2*m] = n; extra[2*m] = x; sent[m] = 0;
	if
	:: k == ACQUIRE || k == RENEW || k == RELEASE ->
		newBeat(); beat[2*m] = fresh; mine[m] = mine[m] | BIT(fresh)
	:: else
	fi
}
/* The standby forgets what it watched; with its own work under way, the row changes anyway. */
inline standBy(m) {
	state[m] = STANDBY; watched[m] = 0; epoch[m] = 0; heir[m] = 0
}
inline endBot(m) {
	bot[m] = 0; botFrozen[m] = 0;
#if MODE == 2
	opened[m] = 0; inside[m] = 0
#endif
}
inline startBot(m) {
	bot[m] = epoch[m];
#if MODE == 3
	vacant = 0
#endif
}

#define ROW (rowHolder + 3 * rowHeir + 9 * rowOffer + 18 * rowExpired)
#define SEEN_HOLDER(m) (seen[m] % 3)
#define SEEN_HEIR(m) ((seen[m] / 3) % 3)
#define SEEN_OFFER(m) ((seen[m] / 9) % 2)
#define SEEN_EXPIRED(m) (seen[m] / 18)

/* The statement of slot s, of machine m, reaches the database. */
inline apply(s, m) {
	if
	:: kind[s] == ACQUIRE ->
		if
		:: over[s] & BIT(rowBeat) ->
#if MODE != 2
			/* what it is all about */
			assert(!bot[0] && !bot[1]);
#endif
			rowBeat = beat[s]; rowEpoch++; rowHolder = m + 1; rowHeir = 0; rowExpired = 0;
#if 1
			rowOffer = 0;
#endif
			number[s] = rowEpoch;
#if MODE == 3
			released = 0
#endif
		:: else -> number[s] = 0
		fi;
		answered[s] = 1; over[s] = 0
	:: kind[s] == RENEW ->
		if
		:: (over[s] & BIT(rowBeat)) && number[s] == rowEpoch && (rowHolder || CONTROL == 6) ->
			rowBeat = beat[s]; rowExpired = 0;
			if
			:: extra[s] == 1 -> rowOffer = 1
			:: extra[s] == 2 -> rowOffer = 0; rowHeir = 0
			:: else
			fi;
			extra[s] = rowHeir
		:: else -> number[s] = 0; extra[s] = 0
		fi;
		answered[s] = 1; over[s] = 0
	:: kind[s] == RELEASE ->
		if
		:: CONTROL == 4 || ((over[s] & BIT(rowBeat)) && number[s] == rowEpoch) ->
			rowBeat = beat[s]; rowHolder = 0; rowHeir = extra[s]; rowExpired = 0;
#if 1
			rowOffer = 0
#endif
		:: else
		fi;
		clear(s)
	:: kind[s] == CLAIM ->
		if
		:: number[s] == rowEpoch && rowOffer && !rowHeir -> rowHeir = m + 1
		:: else
		fi;
		clear(s)
	fi;
	/* nobody waits for what was given up */
	if
	:: s % 2 -> clear(s)
	:: answered[s] -> beat[s] = 0
	:: else
	fi
}

#define FREE_FOR(m) (SEEN_HOLDER(m) == 0 && (SEEN_HEIR(m) == 0 || SEEN_HEIR(m) == m + 1 || watchedFor[m] >= HEIR))
#if CONTROL == 5
#define MAY_TAKE(m) (FREE_FOR(m) || SEEN_EXPIRED(m) || watchedFor[m] >= TTL)
#else
#define MAY_TAKE(m) (FREE_FOR(m) || watchedFor[m] >= TTL)
#endif
#define CANDIDATE(m) (LAUNCHER(m) && state[m] == STANDBY && !kind[2*m] && watched[m] && MAY_TAKE(m) && \
	rowEpoch < EPOCHS)
#define OFFERED(m) (LAUNCHER(m) && state[m] == STANDBY && !kind[2*m] && watched[m] && SEEN_OFFER(m) && \
	SEEN_HOLDER(m) == 2 - m && !SEEN_HEIR(m))

#if CONTROL == 3
#define SINCE(m) 0
#else
#define SINCE(m) sent[m]
#endif

/* What the launcher of m does. */
#define LAUNCHER_STEPS(m) \
	/* standby */ \
	:: d_step { LAUNCHER(m) && state[m] == STANDBY && !kind[2*m] && NOT_LOOKED(m) -> \
		LOOKED(m); \
		if \
		:: (mine[m] & BIT(rowBeat)) && rowHolder == m + 1 -> \
			epoch[m] = rowEpoch; watched[m] = 0; state[m] = ASKING; ask(m, RENEW, mine[m], epoch[m], 2) \
		:: else -> \
			if \
			:: rowBeat == watched[m] -> skip \
			:: else -> watched[m] = rowBeat; watchedFor[m] = 0 \
			fi; \
			seen[m] = ROW; epoch[m] = (rowOffer -> rowEpoch : 0) \
		fi; \
		tidy() } \
	:: d_step { CANDIDATE(m) -> \
		i = watched[m]; state[m] = ASKING; watched[m] = 0; epoch[m] = 0; \
		ask(m, ACQUIRE, BIT(i), 0, 0); tidy() } \
	:: d_step { OFFERED(m) -> ask(m, CLAIM, 0, epoch[m], 0); seen[m] = seen[m] - 9; epoch[m] = 0; tidy() } \
	/* asking */ \
	:: d_step { LAUNCHER(m) && state[m] == ASKING && answered[2*m] && \
		number[2*m] && sent[m] <= LATEST && !bot[m] -> \
		epoch[m] = (kind[2*m] == ACQUIRE -> number[2*m] : epoch[m]); age[m] = SINCE(m); state[m] = LEADING; \
		clear(2*m); sent[m] = 0; startBot(m); tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == ASKING && answered[2*m] && \
		number[2*m] && (sent[m] > LATEST || bot[m]) -> \
		epoch[m] = (kind[2*m] == ACQUIRE -> number[2*m] : epoch[m]); clear(2*m); \
		ask(m, RELEASE, mine[m], epoch[m], 0); standBy(m); tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == ASKING && answered[2*m] && !number[2*m] -> \
		clear(2*m); sent[m] = 0; standBy(m); tidy() } \
	/* leading */ \
	:: d_step { LAUNCHER(m) && state[m] == LEADING && !kind[2*m] && age[m] -> \
		ask(m, RENEW, mine[m], epoch[m], 2); tidy() } \
	:: d_step { LAUNCHER(m) && (state[m] == LEADING || state[m] == OFFERING || state[m] == PASSING) && \
		answered[2*m] && number[2*m] && age[m] < LAST -> \
		age[m] = SINCE(m); \
		if \
		:: state[m] == OFFERING && extra[2*m] -> heir[m] = extra[2*m]; state[m] = PASSING \
		:: else \
		fi; \
		clear(2*m); sent[m] = 0; tidy() } \
	:: d_step { LAUNCHER(m) && state[m] >= LEADING && answered[2*m] && !number[2*m] -> \
		clear(2*m); sent[m] = 0; state[m] = LOSING; endBot(m); tidy() } \
	:: d_step { LAUNCHER(m) && state[m] >= LEADING && state[m] < LOSING && age[m] >= LAST -> \
		state[m] = LOSING; tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == LEADING && !bot[m] && age[m] <= LATEST && CAN_FAIL -> \
		startBot(m); tidy() } \
	:: d_step { LAUNCHER(m) && HANDOVER && state[m] == LEADING && !kind[2*m] && rowEpoch < EPOCHS -> \
		state[m] = OFFERING; ask(m, RENEW, mine[m], epoch[m], 1); tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == OFFERING && !kind[2*m] && (!PROMPT || age[m] == 1) -> \
		ask(m, RENEW, mine[m], epoch[m], 0); tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == OFFERING && !kind[2*m] -> \
		state[m] = LEADING; ask(m, RENEW, mine[m], epoch[m], 2); tidy() } \
	/* a stop, or a bot whose restart takes longer than TTL */ \
	:: d_step { LAUNCHER(m) && state[m] == LEADING && rowEpoch < EPOCHS -> state[m] = PASSING; tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == PASSING && !kind[2*m] && age[m] -> \
		ask(m, RENEW, mine[m], epoch[m], 0); tidy() } \
	/* the bot has ended by itself, or by SIGTERM or SIGKILL */ \
	:: d_step { LAUNCHER(m) && (state[m] == PASSING || state[m] == LOSING) && bot[m] -> endBot(m); tidy() } \
	:: d_step { LAUNCHER(m) && (state[m] == PASSING || state[m] == LOSING) && !bot[m] && !kind[2*m] -> \
		ask(m, RELEASE, mine[m], epoch[m], heir[m]); standBy(m); tidy() } \
	:: d_step { LAUNCHER(m) && state[m] == LOSING && !bot[m] && !kind[2*m] && CAN_FAIL -> standBy(m); tidy() } \
	/* an error, or silence: the answer is unknown */ \
	:: d_step { LAUNCHER(m) && kind[2*m] && CAN_FAIL && !kind[2*m+1] && kind[2*m] && !answered[2*m] -> \
		giveUp(m); if :: state[m] == ASKING -> standBy(m) :: else fi; tidy() } \
	:: d_step { LAUNCHER(m) && kind[2*m] && CAN_FAIL -> \
		clear(2*m); sent[m] = 0; if :: state[m] == ASKING -> standBy(m) :: else fi; tidy() }

/* What reaches the database, or is lost on the way. */
#define MESSAGE_STEPS(m) \
	:: d_step { ON && kind[2*m] && !answered[2*m] -> apply(2*m, m); tidy() } \
	:: d_step { ON && kind[2*m+1] -> apply(2*m+1, m); tidy() } \
	:: d_step { ON && kind[2*m+1] && CAN_FAIL -> clear(2*m+1); tidy() }

/* The enforcers at 0.92, and a keeper whose launcher is gone. */
#define GUARD_STEPS(m) \
	:: d_step { ON && bot[m] && age[m] >= LAST && ENFORCED(m) -> endBot(m); tidy() } \
	:: d_step { launcherDead[m] && KEEPER(m) && epoch[m] && !kind[2*m+1] -> \
		endBot(m); kind[2*m+1] = RELEASE; newBeat(); beat[2*m+1] = fresh; over[2*m+1] = mine[m]; \
		number[2*m+1] = epoch[m]; keeperDead[m] = 1; keeperFrozen[m] = 0; epoch[m] = 0; mine[m] = 0; tidy() } \
	:: d_step { launcherDead[m] && KEEPER(m) && CAN_FAIL -> \
		endBot(m); keeperDead[m] = 1; keeperFrozen[m] = 0; epoch[m] = 0; mine[m] = 0; tidy() } \
	/* the next launcher waits for keeper.lock */ \
	:: d_step { launcherDead[m] && keeperDead[m] && (MODE != 3 || !bot[m]) -> \
		launcherDead[m] = 0; keeperDead[m] = 0; mine[m] = 0; standBy(m); tidy() }

#if MODE == 1
#define CAN_FAIL LOSS
#define PROMPT 0
#define HANDOVER 0
#define NOT_LOOKED(m) 1
#define LOOKED(m) skip
/* without a bot, a fault is a delay */
#define SAFE(m, l, k, b) (faults < FAULTS && bot[m] && (l || k || b))
#define FAULT_STEPS(m) \
	:: d_step { LAUNCHER(m) && SAFE(m, 0, KEEPER(m), !botFrozen[m]) -> launcherFrozen[m] = 1; faults++; tidy() } \
	:: d_step { ON && launcherFrozen[m] -> launcherFrozen[m] = 0; tidy() } \
	:: d_step { KEEPER(m) && SAFE(m, LAUNCHER(m), 0, !botFrozen[m]) -> keeperFrozen[m] = 1; faults++; tidy() } \
	:: d_step { ON && keeperFrozen[m] -> keeperFrozen[m] = 0; tidy() } \
	:: d_step { bot[m] && !botFrozen[m] && SAFE(m, LAUNCHER(m), KEEPER(m), 0) -> botFrozen[m] = 1; faults++; tidy() } \
	:: d_step { ON && botFrozen[m] -> botFrozen[m] = 0; tidy() } \
	:: d_step { ON && bot[m] && faults < FAULTS -> endBot(m); faults++; tidy() } \
	:: d_step { !launcherDead[m] && SAFE(m, 0, KEEPER(m), !botFrozen[m]) && !kind[2*m+1] -> \
		launcherDead[m] = 1; launcherFrozen[m] = 0; faults++; \
		if \
		:: kind[2*m] && !answered[2*m] -> giveUp(m) \
		:: else -> clear(2*m); sent[m] = 0 \
		fi; \
		if :: state[m] < LEADING -> epoch[m] = 0 :: else fi; \
		state[m] = STANDBY; watched[m] = 0; heir[m] = 0; tidy() } \
	:: d_step { !keeperDead[m] && SAFE(m, LAUNCHER(m), 0, !botFrozen[m]) -> \
		keeperDead[m] = 1; keeperFrozen[m] = 0; faults++; \
		if :: launcherDead[m] -> epoch[m] = 0; mine[m] = 0 :: else fi; \
		tidy() } \
	:: d_step { keeperDead[m] && LAUNCHER(m) -> keeperDead[m] = 0; tidy() }
#endif

#if MODE == 2
#define CAN_FAIL 0
#define PROMPT 0
#define HANDOVER 0
#define NOT_LOOKED(m) 1
#define LOOKED(m) skip
#define FAULT_STEPS(m) \
	/* the whole machine stands still */ \
	:: d_step { !launcherFrozen[m] -> \
		launcherFrozen[m] = 1; keeperFrozen[m] = 1; botFrozen[m] = (bot[m] -> 1 : 0); tidy() } \
	:: d_step { launcherFrozen[m] -> \
		launcherFrozen[m] = 0; keeperFrozen[m] = 0; botFrozen[m] = 0; tidy() } \
	/* the ledger is opened: the fence rises, once no transaction holds its row */ \
	:: d_step { bot[m] && !botFrozen[m] && !opened[m] && fence <= bot[m] && (CONTROL == 1 || !inside[1-m]) -> \
		fence = bot[m]; opened[m] = 1 } \
	:: d_step { bot[m] && !botFrozen[m] && !opened[m] && fence > bot[m] -> endBot(m); tidy() } \
	/* a transaction begins with the fence's row, and keeps it to its end */ \
	:: d_step { opened[m] && !botFrozen[m] && !inside[m] && fence == bot[m] -> inside[m] = 1 } \
	:: d_step { opened[m] && !botFrozen[m] && inside[m] -> \
		assert(committed <= bot[m]); committed = bot[m]; inside[m] = 0 } \
	/* a plain SELECT holds nothing; otherwise idle_in_transaction_session_timeout ends a frozen one's transaction */ \
	:: d_step { inside[m] && botFrozen[m] && CONTROL != 1 -> inside[m] = 0; opened[m] = 0 }
#endif

#if MODE == 3
#define CAN_FAIL 0
#define PROMPT 1
#define HANDOVER 1
#define NOT_LOOKED(m) (!looked[m])
#define LOOKED(m) looked[m] = 1
/* At most one machine is down, and none dies a second time before the lease has been taken. */
#define FAULT_STEPS(m) \
	:: d_step { !launcherDead[m] && !launcherDead[1-m] && rowEpoch < EPOCHS -> \
		endBot(m); launcherDead[m] = 1; keeperDead[m] = 1; clear(2*m); sent[m] = 0; vacant = 0; released = 0; \
		state[m] = STANDBY; watched[m] = 0; epoch[m] = 0; mine[m] = 0; heir[m] = 0; tidy() }
/* Everything due has happened before time goes on. */
#define DUE(m) (kind[2*m] || kind[2*m+1] || CANDIDATE(m) || OFFERED(m) || \
	(LAUNCHER(m) && ((state[m] == STANDBY && !looked[m]) || state[m] == PASSING || state[m] == LOSING || \
	(state[m] == LEADING && age[m] > 1) || (state[m] == OFFERING && age[m]))))
#define ENDED (rowEpoch >= EPOCHS)
#endif

inline passTime(m) {
	if :: age[m] < TTL && (bot[m] || (state[m] >= LEADING && !launcherDead[m])) -> age[m]++ :: else fi;
	if :: sent[m] < TTL && kind[2*m] -> sent[m]++ :: else fi;
	if :: watched[m] && watchedFor[m] < TTL -> watchedFor[m]++ :: else fi
}

#define LATE(m) (bot[m] && age[m] >= LAST && ENFORCED(m))

active proctype world() {
#if MODE != 3
	/* machine 0 leads */
	rowEpoch = 1; rowHolder = 1; state[0] = LEADING; epoch[0] = 1; mine[0] = BIT(1); bot[0] = 1;
#endif
	do
	LAUNCHER_STEPS(0)
	LAUNCHER_STEPS(1)
	MESSAGE_STEPS(0)
	MESSAGE_STEPS(1)
	GUARD_STEPS(0)
	GUARD_STEPS(1)
	FAULT_STEPS(0)
	FAULT_STEPS(1)
	:: !ON -> break
#if CONTROL == 5
	:: d_step { rowHolder && !rowExpired -> rowExpired = 1 }
#endif
#if MODE == 3
	:: d_step { !LATE(0) && !LATE(1) && !DUE(0) && !DUE(1) ->
		passTime(0); passTime(1); looked[0] = 0; looked[1] = 0;
		if
		:: bot[0] || bot[1] || ENDED -> vacant = 0
		:: else -> vacant++
		fi;
		if
		:: rowHolder || ENDED -> released = 0
		:: else -> released++
		fi;
		assert(vacant <= TTL + 2);
		assert(released <= HEIR + 1);
		tidy() }
#else
	:: d_step { ON && !LATE(0) && !LATE(1) -> passTime(0); passTime(1); tidy() }
#endif
	od
}
