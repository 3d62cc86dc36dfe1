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

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.spring.boot.startup.ContextLocks;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.LockState;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Health indicator that reports DOWN if the lock is lost or released, if its verification
 * hangs, or if there is a cluster lock that is not held, and UNKNOWN if no lock is taken.
 * A doubt is UP. It touches no file and asks no database.
 *
 * @since 0.1.0
 */
public class LockFileHealthIndicator extends AbstractHealthIndicator {

	private final BeanFactory beanFactory;

	/**
	 * Creates an indicator.
	 * @param beanFactory the bean factory of the context whose lock is looked at, or that
	 * of its parents
	 */
	public LockFileHealthIndicator(BeanFactory beanFactory) {
		super("Lock file health check failed");
		this.beanFactory = beanFactory;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		ContextLocks locks = ContextLocks.find(this.beanFactory);
		LockFile lock = (locks != null) ? locks.lockFile() : null;
		LockFileWatch watch = (locks != null) ? locks.watch() : null;
		if (lock == null || watch == null) {
			// UP would say that something is guarded. In a group, UNKNOWN changes
			// nothing.
			builder.unknown()
				.withDetail("status", "DISABLED")
				.withDetail("reason", "No lock has been taken, see 'lockfile.enabled'");
			return;
		}
		show(builder, lock, watch.state());
	}

	private static void show(Health.Builder builder, LockFile lock, LockState state) {
		Verification verification = state.verification();
		(state.isHeld() ? builder.up() : builder.down()).withDetail("path", lock.path().toString())
			.withDetail("content", lock.content())
			.withDetail("status", verification.status())
			.withDetail("nativeLock", lock.isNative());
		if (!lock.isNative()) {
			builder.withDetail("whyNotNative", lock.whyNotNative());
		}
		if (!verification.reason().isEmpty()) {
			builder.withDetail("reason", verification.reason());
		}
		ClusterLockDescriptor cluster = ClusterLockDescriptor.of(state);
		if (cluster != null) {
			builder.withDetail("cluster", cluster);
		}
	}

}
