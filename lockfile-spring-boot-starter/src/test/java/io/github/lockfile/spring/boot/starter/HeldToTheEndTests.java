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

package io.github.lockfile.spring.boot.starter;

import java.time.Duration;

import com.example.orders.OrdersApplication;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplication.AbandonedRunException;
import org.springframework.boot.SpringApplicationHook;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The lock is held until the process ends, or until the context is closed where the
 * process goes on.
 */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class HeldToTheEndTests extends LockPathTestCase {

	@Test
	void atATerminationHooksRunUnderTheLock() {
		try (ApplicationProcess instance = Orders.run(this.path,
				"--spring.main.sources=" + Hostile.WorkAtTheEnd.class.getName())) {
			instance.terminate();
			assertThat(instance.awaitExit()).isEqualTo(143);
			assertThat(instance.output())
				.contains("In the shutdown handler, an outsider is refused",
						"In the shutdown hook, an outsider is refused")
				.doesNotContain("Released lock file");
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	@Test
	void aContextThatIsClosedBeforeTheProcessEndsReleasesFirst() {
		try (ApplicationProcess instance = Orders.start(this.path, "--spring.main.web-application-type=none",
				"--batch.exit-code=3", "--spring.main.sources=%s,%s".formatted(Hostile.WorkAtTheEnd.class.getName(),
						BatchJob.class.getName()))) {
			assertThat(instance.awaitExit()).isEqualTo(3);
			assertThat(instance.output()).contains("Released lock file", "In the shutdown hook, an outsider is let in");
		}
	}

	@Test
	void aRunThatIsAbandonedAfterItsRefreshReleasesWhenItsContextIsClosed() {
		assertReleased(new SpringApplicationRunListener() {
			@Override
			public void started(ConfigurableApplicationContext context, Duration timeTaken) {
				throw new AbandonedRunException(context);
			}
		});
	}

	private void assertReleased(SpringApplicationRunListener listener) {
		SpringApplication application = new SpringApplication(OrdersApplication.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		SpringApplicationHook hook = (ignored) -> listener;
		assertThatExceptionOfType(AbandonedRunException.class)
			.isThrownBy(() -> SpringApplication.withHook(hook,
					() -> application.run("--lockfile.path=" + this.path, "--lockfile.verify-interval=50ms")))
			.satisfies((ex) -> {
				ConfigurableApplicationContext context = ex.getApplicationContext();
				assertThat(context).isNotNull();
				context.close();
			});
		Awaitility.await().until(() -> !Outsider.isRefused(this.path));
	}

}
