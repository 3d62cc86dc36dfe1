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

package io.github.lockfile.spring.boot.actuate;

import io.github.lockfile.spring.boot.startup.ContextLocks;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.LockState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.beans.factory.BeanFactory;

/**
 * Meter binder that measures whether the lock is held, and how often it had to be
 * repaired. Where no lock is taken, there are no meters.
 *
 * @since 0.1.0
 */
public class LockFileMeterBinder implements MeterBinder {

	private final BeanFactory beanFactory;

	/**
	 * Creates a binder.
	 * @param beanFactory the bean factory of the context whose lock is measured, or that
	 * of its parents
	 */
	public LockFileMeterBinder(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		// The meters ask these for the watch each time, since it comes later in a process
		// that is restored from a checkpoint.
		ContextLocks locks = ContextLocks.find(this.beanFactory);
		if (locks == null) {
			return;
		}
		Gauge.builder("lockfile.held", locks, LockFileMeterBinder::held)
			.description("Whether the lock file is held (1), or lost, released or not verified in time (0)")
			.register(registry);
		FunctionCounter.builder("lockfile.restored", locks, LockFileMeterBinder::restored)
			.description("How often the lock file was found missing, replaced or changed, and was repaired")
			.register(registry);
		if (locks.isClustered()) {
			Gauge.builder("lockfile.cluster.held", locks, LockFileMeterBinder::heldInCluster)
				.description("Whether the cluster lock is held (1), or fenced, lost or released (0)")
				.register(registry);
		}
	}

	private static double held(ContextLocks locks) {
		LockFileWatch watch = locks.watch();
		return (watch != null && watch.state().lockFileHeld()) ? 1 : 0;
	}

	private static double restored(ContextLocks locks) {
		LockFileWatch watch = locks.watch();
		return (watch != null) ? watch.state().repairs() : 0;
	}

	private static double heldInCluster(ContextLocks locks) {
		LockFileWatch watch = locks.watch();
		LockState.Cluster cluster = (watch != null) ? watch.state().cluster() : null;
		return (cluster != null && cluster.state().isHeld()) ? 1 : 0;
	}

}
