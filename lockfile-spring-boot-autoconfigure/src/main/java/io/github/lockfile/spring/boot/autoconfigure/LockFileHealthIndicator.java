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

package io.github.lockfile.spring.boot.autoconfigure;

import io.github.lockfile.Verification;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Reports DOWN if the lock is lost, or if its verification hangs.
 */
final class LockFileHealthIndicator extends AbstractHealthIndicator {

	private final ObjectProvider<LockFileWatch> watch;

	LockFileHealthIndicator(ObjectProvider<LockFileWatch> watch) {
		super("Lock file health check failed");
		this.watch = watch;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		LockFileWatch watch = this.watch.getIfAvailable();
		if (watch == null) {
			builder.unknown().withDetail("reason", "No lock has been taken");
			return;
		}
		Verification verification = watch.last();
		(watch.isHealthy() ? builder.up() : builder.down()).withDetail("path", watch.lock().path().toString())
			.withDetail("content", watch.lock().content())
			.withDetail("status", verification.status());
		if (!verification.reason().isEmpty()) {
			builder.withDetail("reason", verification.reason());
		}
	}

}
