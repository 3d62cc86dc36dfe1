/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.cluster;

import java.time.Duration;

import io.github.lockfile.spring.boot.cluster.ClusterSession.Incarnation;
import org.jspecify.annotations.Nullable;

/**
 * An earlier holder that may not know yet that its lock is gone. Whoever is not that
 * holder itself must not take the lock before it does, although the lock is free: the
 * engine may have forgotten it. A holder knows after one lease at the latest.
 */
final class EarlierHolder {

	private final Duration lease;

	private final Ticker ticker;

	private @Nullable String incarnation;

	/**
	 * When the earlier holder knows at the latest that its lock is gone, as the ticker
	 * counts.
	 */
	private long knows;

	EarlierHolder(Duration lease, Ticker ticker) {
		this.lease = lease;
		this.ticker = ticker;
		this.knows = ticker.nanoTime();
	}

	/**
	 * There is a new session. An engine that came up a short while ago had forgotten the
	 * locks then. How long ago is the engine's word, and its clock may have been set
	 * meanwhile, so it is asked once, and is believed to be neither younger than nothing
	 * nor older than a lease. If it is not the engine of before, it may have been up for
	 * long, and have known of no lock all the time: a standby that took over.
	 * @param incarnation that of the engine
	 */
	void connected(Incarnation incarnation) {
		if (!incarnation.id().equals(this.incarnation)) {
			boolean first = this.incarnation == null;
			this.incarnation = incarnation.id();
			Duration age = (incarnation.age().isNegative() || !first) ? Duration.ZERO : incarnation.age();
			if (age.compareTo(this.lease) < 0) {
				knowsIn(this.lease.minus(age));
			}
		}
	}

	/**
	 * Our session broke while we waited. The engine may have forgotten the locks with it
	 * without having been down: a standby that took over has been up for long.
	 */
	void sessionBroke() {
		knowsIn(this.lease);
	}

	private void knowsIn(Duration time) {
		long then = this.ticker.nanoTime() + time.toNanos();
		if (then - this.knows > 0) {
			this.knows = then;
		}
	}

	/**
	 * Returns for how long it may still believe to hold the lock.
	 * @return the duration, zero if it cannot
	 */
	Duration left() {
		return Duration.ofNanos(Math.max(0, this.knows - this.ticker.nanoTime()));
	}

}
