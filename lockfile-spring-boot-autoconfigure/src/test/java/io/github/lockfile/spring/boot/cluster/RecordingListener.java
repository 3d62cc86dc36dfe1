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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;
import org.jspecify.annotations.Nullable;

/**
 * Remembers all that it is told.
 */
class RecordingListener implements ClusterLockListener {

	final List<String> waits = new CopyOnWriteArrayList<>();

	final List<LockState.Cluster> changes = new CopyOnWriteArrayList<>();

	final List<Duration> deadlines = new CopyOnWriteArrayList<>();

	final List<Throwable> failures = new CopyOnWriteArrayList<>();

	/**
	 * What it throws when it is told of a change.
	 */
	volatile @Nullable Error fault;

	@Override
	public void waiting(String why) {
		this.waits.add(why);
	}

	@Override
	public void changed(LockState.Cluster now) {
		if (this.fault != null) {
			throw this.fault;
		}
		this.changes.add(now);
	}

	@Override
	public void deadline(long leftNanos) {
		this.deadlines.add(Duration.ofNanos(leftNanos));
	}

	@Override
	public void failed(Throwable failure) {
		this.failures.add(failure);
	}

	List<State> states() {
		return this.changes.stream().map(LockState.Cluster::state).toList();
	}

	List<State> statesWithoutPauses() {
		return withoutPauses(states());
	}

	/**
	 * Leaves out when a busy machine did not see an answer in time, so that the lock was
	 * fenced, and held again in the same session.
	 */
	static List<State> withoutPauses(List<State> states) {
		Deque<State> kept = new ArrayDeque<>();
		for (State state : states) {
			if (state == State.HELD && kept.peekLast() == State.FENCED) {
				kept.removeLast();
			}
			else {
				kept.addLast(state);
			}
		}
		return List.copyOf(kept);
	}

}
